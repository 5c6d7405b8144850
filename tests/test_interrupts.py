"""An interrupt at the worst moments: every buffer comes back, no lock stays held, and the
interrupt arrives as itself.

The interrupts come on purpose: the library with faults raises them inside its functions. Random
ones are in `stress/`.
"""

import ctypes
import dis
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from support import core
from support.native import CALLS, FaultyLibrary, interrupt

import sspi_pkginfo
from sspi_pkginfo import SspiLibrary
from sspi_pkginfo.testing import FakeSspi

T = TypeVar("T")


class Interrupt(BaseException):
    """What the signal's handler raises."""


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    def raise_interrupt(_signal: int, _frame: object) -> None:
        raise Interrupt

    before = signal.signal(signal.SIGINT, raise_interrupt)
    yield
    signal.signal(signal.SIGINT, before)


def in_another_thread(call: Callable[[], T]) -> T:
    """What another thread gets, which it does not while a lock is held."""
    answers: list[T] = []
    other = threading.Thread(target=lambda: answers.append(call()), daemon=True)
    other.start()
    other.join(timeout=30)
    assert not other.is_alive(), "a lock is held"
    return answers[0]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("names", ["known", "not known yet"])
@pytest.mark.parametrize("guarded", [True, False])
def test_an_interrupt_inside_any_native_function_loses_nothing(
    faulty_path: Path, call: str, names: str, guarded: bool
) -> None:
    def library() -> SspiLibrary:
        faulty = FaultyLibrary(faulty_path, guarded=guarded)
        if names == "known":
            faulty.library.query_max_token("Package 1")
        return faulty.library

    faulty = FaultyLibrary(faulty_path)
    faulty.ask()
    first = library()
    faulty.faults.calls = 0
    CALLS[call](first)
    calls = faulty.faults.calls
    assert calls == (4 if guarded and names != "known" and "query" in call else 2)
    for moment in range(1, calls + 1):
        asked = library()
        faulty.faults.calls, faulty.faults.interrupt_at = 0, moment
        with pytest.raises(Interrupt):
            CALLS[call](asked)
        faulty.faults.interrupt_at = 0
        assert (faulty.outstanding, faulty.faults.freed_wrongly) == (0, 0)
        in_another_thread(asked.enumerate_packages)


class Pending:
    """`pending.interrupt` lets one come without a step at which Python would deliver it."""

    _as_parameter_ = 0
    interrupt = property(interrupt)


pending = Pending()


def read_and_be_interrupted(_package: object) -> None:
    pending.interrupt  # noqa: B018


@pytest.mark.parametrize("call", ["enumerate", "query"])
def test_an_interrupt_that_waits_for_the_finally_loses_nothing(
    faulty: FaultyLibrary, call: str
) -> None:
    name = ["Package 1"] if call == "query" else []
    with faulty.told_to(packages=1 if call == "enumerate" else 3) as library:
        with pytest.raises(Interrupt):
            getattr(core.calls_of(library), call)(*name, read_and_be_interrupted)
    in_another_thread(library.enumerate_packages)


def test_such_an_interrupt_would_lose_the_buffer_of_a_finally_that_called_python(
    faulty: FaultyLibrary,
) -> None:
    core.wrap(faulty.library, "FreeContextBuffer", lambda free, buffer: free(buffer))
    faulty.ask()
    with pytest.raises(Interrupt):
        core.calls_of(faulty.library).query("Package 1", read_and_be_interrupted)
    assert faulty.outstanding == 1


class NativeLock:
    """A lock whose `acquire` is a foreign function in which a signal arrives."""

    def __init__(self, faulty: FaultyLibrary) -> None:
        self.acquire = faulty.native.acquire
        self.release = faulty.native.release_it


def test_an_interrupt_while_the_guards_lock_is_taken_does_not_leave_it_held(
    faulty_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty = FaultyLibrary(faulty_path)
    monkeypatch.setattr(core.guard(), "_lock", NativeLock(faulty))
    with faulty.told_to(interrupt_on_acquire=True) as library:
        for call in CALLS.values():
            with pytest.raises(Interrupt):
                call(library)
            assert faulty.faults.held == 0


def test_such_an_interrupt_would_leave_a_lock_held_that_is_taken_before_the_try(
    faulty_path: Path,
) -> None:
    faulty = FaultyLibrary(faulty_path)
    lock = NativeLock(faulty)

    def acquire_and_then_try() -> None:
        lock.acquire()
        try:
            faulty.library.enumerate_packages()
        finally:
            lock.release()

    faulty.ask(interrupt_on_acquire=True)
    with pytest.raises(Interrupt):
        acquire_and_then_try()
    assert faulty.faults.held == 1


def test_a_signal_handler_may_call_the_library_that_it_interrupts(faulty: FaultyLibrary) -> None:
    answers: list[int] = []

    def ask(_signal: int, _frame: object) -> None:
        answers.append(faulty.library.query_max_token("Package 0"))

    def too_long(_signal: int, _frame: object) -> None:
        raise AssertionError("the handler waits for the lock that its own thread has")

    signal.signal(signal.SIGINT, ask)
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, too_long)
        signal.alarm(10)
    with faulty.told_to(interrupt_at=1) as library:
        assert len(library.enumerate_packages()) == 3
    if sys.platform != "win32":
        signal.alarm(0)
    assert answers == [2888]


# CPython 3.12 and 3.13 put the backward jump of a loop with a condition, where signals are
# delivered, outside the exception table of the `try` around it (cpython#108214, #130279).


def uncovered_jumps(function: Callable[..., object]) -> list[int]:
    """The backward jumps between the first and the last instruction of the outer `try` that it
    misses."""
    bytecode = dis.Bytecode(function)
    entries = bytecode.exception_entries
    handler = entries[0].target

    def is_covered(offset: int) -> bool:
        """Whether what is raised there arrives in the handler, by way of a comprehension's too."""
        targets = [entry.target for entry in entries if entry.start <= offset < entry.end]
        return any(target == handler or is_covered(target) for target in targets)

    end = max(entry.end for entry in entries if entry.target == handler)
    jumps = [step.offset for step in bytecode if "JUMP_BACKWARD" in step.opname]
    return [jump for jump in jumps if entries[0].start < jump < end and not is_covered(jump)]


def test_no_interrupt_escapes_the_try_at_a_backward_jump(faulty: FaultyLibrary) -> None:
    calls = core.calls_of(faulty.library)
    for function in core.guard().alone, calls.enumerate, calls.query:
        assert uncovered_jumps(function) == [], function


@pytest.mark.skipif(sys.version_info[:2] not in ((3, 12), (3, 13)), reason="for 3.12 and 3.13")
def test_an_interrupt_could_escape_the_try_around_a_loop_with_a_condition() -> None:
    def loop_in_a_try(values: list[int]) -> None:
        try:
            for value in values:
                if value:
                    print(value)
        finally:
            print()

    assert uncovered_jumps(loop_in_a_try) != []


def test_an_interrupted_first_use_of_the_default_library_keeps_no_other_thread_waiting(
    default_library: SspiLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    core.forget_the_default_library(monkeypatch)
    with monkeypatch.context() as patch:
        core.before_each_load(patch, interrupt)
        with pytest.raises(Interrupt):
            sspi_pkginfo.default_library()
    found = in_another_thread(sspi_pkginfo.default_library)
    assert found is sspi_pkginfo.default_library()


def test_ctrl_c_under_fake_sspi_arrives_as_itself() -> None:
    with FakeSspi([]) as fake:
        statuses = fake._statuses

        class Interrupting(dict):
            def __getitem__(self, key: str) -> int:
                interrupt()
                return statuses[key]

        fake._statuses = Interrupting()
        for call in (sspi_pkginfo.enumerate_packages, lambda: sspi_pkginfo.query_package("x")):
            with pytest.raises(Interrupt):
                call()
        assert fake.outstanding == 0


def test_the_interrupts_here_are_those_of_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        ctypes.pythonapi.PyErr_SetInterrupt()
