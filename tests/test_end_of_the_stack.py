"""At the end of the stack a call may fail, and still every buffer comes back."""

import ctypes
import functools
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pytest
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


@pytest.mark.parametrize("deeper", [through_python, through_c])
def test_no_buffer_is_lost_at_any_depth_of_the_stack(
    faulty: FaultyLibrary, deeper: Callable[..., object]
) -> None:
    outcomes: Counter[str] = Counter()
    limit = sys.getrecursionlimit()
    with faulty.told_to() as library:
        # 600 is more than pytest itself needs, and so little that the C stack suffices.
        sys.setrecursionlimit(600)
        try:
            dive(deeper, library, outcomes)
        finally:
            sys.setrecursionlimit(limit)
    assert outcomes["answered"] > LEVELS
    assert outcomes["failed"] >= 3
