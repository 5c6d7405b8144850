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

from support.native import FaultyLibrary

from sspi_pkginfo import SspiLibrary

LEVELS = 60


def call_each(library: SspiLibrary, outcomes: Counter[str]) -> None:
    for call in (
        library.enumerate_packages,
        lambda: library.query_package("Package 1"),
        lambda: library.query_max_token("Package 1"),
    ):
        try:
            call()
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


def through_python(function: Callable[..., object], *arguments: object) -> None:
    function(*arguments)


def through_c(function: Callable[..., object], *arguments: object) -> None:
    functools.partial(function, *arguments)()


def main() -> None:
    path, guarded, way = sys.argv[1:]
    faulty = FaultyLibrary(Path(path), guarded=guarded == "guarded")
    faulty.ask()
    outcomes: Counter[str] = Counter()
    # So few that the C stack suffices.
    sys.setrecursionlimit(600)
    dive({"Python": through_python, "C": through_c}[way], faulty.library, outcomes)
    outcomes["outstanding"] = faulty.outstanding
    outcomes["freed_wrongly"] = faulty.faults.freed_wrongly
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
