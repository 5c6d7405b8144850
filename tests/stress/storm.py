"""A storm of interrupts, in a process of its own: a library called in a loop, and what was lost.

`storm.py LIBRARY signal|thread INTERRUPTS`, and any of `without-guard` (as Windows' own is called),
`first-use` (of the default library), and the control, `free-through-python`.

A process of its own, since coverage, which traces the tests, takes a lock in Python: an interrupt
that arrives there leaves it held for ever.
"""

import ctypes
import json
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

from support import core
from support.native import CALLS, FaultyLibrary

import sspi_pkginfo
from sspi_pkginfo import _library


class Interrupt(BaseException):
    """What the timer raises."""


@contextmanager
def timer_signals():
    """Let a timer's signal handler raise, at a random moment after each call of what is yielded."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise Interrupt

    chance = random.Random(1)
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        yield lambda: signal.setitimer(signal.ITIMER_REAL, chance.uniform(1e-6, 150e-6))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def thread_exceptions():
    """Let another thread raise SystemExit into this one, at a random moment after each call."""
    victim = ctypes.c_ulong(threading.get_ident())
    raise_into = ctypes.pythonapi.PyThreadState_SetAsyncExc
    raise_into.argtypes = [ctypes.c_ulong, ctypes.py_object]
    wanted = threading.Semaphore(0)
    done = False

    def attack() -> None:
        chance = random.Random(1)
        while wanted.acquire() and not done:
            until = time.perf_counter() + chance.uniform(0, 150e-6)
            while time.perf_counter() < until:
                pass
            raise_into(victim, SystemExit)

    switch_interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    attacker = threading.Thread(target=attack)
    attacker.start()
    try:
        yield wanted.release
    finally:
        done = True
        wanted.release()
        attacker.join()
        sys.setswitchinterval(switch_interval)


STORMS = {"signal": timer_signals, "thread": thread_exceptions}


def interrupt(call: Callable[[], object], storm: str, interrupts: int) -> int:
    """Interrupt the calls so often, and return how many interrupts arrived as themselves."""
    # Python imports a codec for the first one, and imports do not survive interrupts.
    call()
    arrived = 0
    with STORMS[storm]() as arm:
        for _ in range(interrupts):
            try:
                arm()
                while True:
                    call()
            except (Interrupt, SystemExit):
                arrived += 1
    return arrived


def main() -> None:
    path, storm, interrupts, *options = sys.argv[1:]
    faulty = FaultyLibrary(Path(path), guarded="without-guard" not in options)
    faulty.ask()
    library = faulty.library
    if "free-through-python" in options:
        core.wrap(library, "FreeContextBuffer", lambda free, buffer: free(buffer))

    def call_each() -> None:
        for call in CALLS.values():
            call(library)

    def first_use() -> None:
        _library._libraries.clear()
        sspi_pkginfo.default_library()

    call = first_use if "first-use" in options else call_each
    arrived = interrupt(call, storm, int(interrupts))
    if "first-use" in options:
        library = sspi_pkginfo.default_library()

    # If an interrupt had left a lock held, no other thread would get through.
    other = threading.Thread(target=library.enumerate_packages, daemon=True)
    other.start()
    other.join(timeout=30)
    result = {
        "arrived": arrived,
        "buffers": faulty.handed_out,
        "outstanding": faulty.outstanding,
        "freed_wrongly": int(faulty.faults.freed_wrongly),
        "deadlock": other.is_alive(),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
