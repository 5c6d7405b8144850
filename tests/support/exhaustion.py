"""Call a library at each depth near the end of the stack, or once for each allocation that can fail
in a call, and print what came of it.

A process of its own, because either could as well end in coverage's tracer.
"""

import ctypes
import functools
import json
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from support.native import CALLS, FaultyLibrary

LEVELS = 60

Call = Callable[[], object]


def attempt(call: Call, outcomes: Counter[str]) -> None:
    try:
        call()
    except (RecursionError, ctypes.ArgumentError):
        # The latter is what ctypes makes of the former while it converts an argument.
        outcomes["failed"] += 1
    else:
        outcomes["answered"] += 1


def dive(deeper: Callable[..., object], calls: list[Call], outcomes: Counter[str]) -> None:
    """Go down to the end of the stack, and make the calls at each level on the way back up."""
    with suppress(RecursionError):
        deeper(dive, deeper, calls, outcomes)
    if outcomes["levels"] < LEVELS:
        outcomes["levels"] += 1
        with suppress(RecursionError):
            for call in calls:
                attempt(call, outcomes)


# How one level of the stack leads to the next.
WAYS: dict[str, Callable[..., object]] = {
    "Python": lambda function, *arguments: function(*arguments),
    "C": lambda function, *arguments: functools.partial(function, *arguments)(),
}


def fail_to_allocate(calls: list[Call], outcomes: Counter[str]) -> None:
    import _testcapi

    for call in calls:
        call()
        for moment in range(1, 250):
            _testcapi.set_nomemory(moment, moment + 1)
            try:
                call()
            except Exception:
                outcome = "failed"
            else:
                outcome = "answered"
            _testcapi.remove_mem_hooks()
            outcomes[outcome] += 1


def main() -> None:
    path, guarded, way, *names = sys.argv[1:]
    faulty = FaultyLibrary(Path(path), guarded=guarded == "guarded")
    faulty.ask()
    calls: list[Call] = [functools.partial(CALLS[name], faulty.library) for name in names]
    outcomes: Counter[str] = Counter()
    if way == "memory":
        fail_to_allocate(calls, outcomes)
    else:
        # So few that the C stack suffices.
        sys.setrecursionlimit(600)
        dive(WAYS[way], calls, outcomes)
    lost = {"outstanding": faulty.outstanding, "freed_wrongly": faulty.faults.freed_wrongly}
    print(json.dumps(outcomes | lost))


if __name__ == "__main__":
    main()
