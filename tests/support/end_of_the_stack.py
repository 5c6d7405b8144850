"""Call a library at each depth near the end of the stack, and print what came of it.

A process of its own, because the stack could as well end in coverage's tracer.
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

from sspi_pkginfo import SspiLibrary

LEVELS = 60


def call_each(library: SspiLibrary, outcomes: Counter[str]) -> None:
    for call in CALLS.values():
        try:
            call(library)
        except (RecursionError, ctypes.ArgumentError):
            # The latter is what ctypes makes of the former while it converts an argument.
            outcomes["failed"] += 1
        else:
            outcomes["answered"] += 1


def dive(deeper: Callable[..., object], library: SspiLibrary, outcomes: Counter[str]) -> None:
    """Go down to the end of the stack, and make the calls at each level on the way back up."""
    with suppress(RecursionError):
        deeper(dive, deeper, library, outcomes)
    if outcomes["levels"] < LEVELS:
        outcomes["levels"] += 1
        with suppress(RecursionError):
            call_each(library, outcomes)


WAYS: dict[str, Callable[..., object]] = {
    "Python": lambda function, *arguments: function(*arguments),
    "C": lambda function, *arguments: functools.partial(function, *arguments)(),
}


def main() -> None:
    path, guarded, way = sys.argv[1:]
    faulty = FaultyLibrary(Path(path), guarded=guarded == "guarded")
    faulty.ask()
    outcomes: Counter[str] = Counter()
    # So few that the C stack suffices.
    sys.setrecursionlimit(600)
    dive(WAYS[way], faulty.library, outcomes)
    outcomes["outstanding"] = faulty.outstanding
    outcomes["freed_wrongly"] = faulty.faults.freed_wrongly
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
