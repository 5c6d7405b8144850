"""The private parts that tests specify or replace: all of them are named here, and nowhere else.

Each is looked up when it is used, so that one that was renamed fails the tests that need it alone.
"""

import functools
from collections.abc import Callable
from typing import Any

import pytest

from sspi_pkginfo import SspiLibrary

SLOTS = {
    "EnumerateSecurityPackagesW": "_enumerate",
    "QuerySecurityPackageInfoW": "_query",
    "FreeContextBuffer": "_free",
}


def calls_of(library: SspiLibrary) -> Any:
    """The object whose `enumerate(read)` and `query(name, read)` call the native functions."""
    return getattr(library._calls, "_calls", library._calls)


def has_the_guard(library: SspiLibrary) -> bool:
    return calls_of(library) is not library._calls


def remove_the_guard(library: SspiLibrary) -> None:
    library._calls = calls_of(library)


def native_function(library: SspiLibrary, function: str) -> Any:
    return getattr(calls_of(library), SLOTS[function])


def wrap(library: SspiLibrary, function: str, wrapper: Callable[..., int]) -> None:
    """Let the wrapper be called in the place of a native function, which it gets first."""
    wrapped = functools.partial(wrapper, native_function(library, function))
    setattr(calls_of(library), SLOTS[function], wrapped)


def refuse_to_read_whole_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise AssertionError("a whole package was read")

    for place in "_read", "_library":
        monkeypatch.setattr(f"sspi_pkginfo.{place}.read_package", refuse)


def guard() -> Any:
    """The module with `alone`, the one way to its lock, and with what a child does after a fork."""
    from sspi_pkginfo import _guard

    return _guard


def forget_the_default_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sspi_pkginfo._library._libraries", [])


def before_each_load(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen whenever a native library is about to be loaded."""
    from sspi_pkginfo import _load

    load = _load.NativeLibrary

    def act_and_load(*arguments: Any, **options: Any) -> Any:
        act()
        return load(*arguments, **options)

    monkeypatch.setattr(_load, "NativeLibrary", act_and_load)


def native() -> Any:
    """The module with `from_native`, and with the last address from which a view of memory fits."""
    from sspi_pkginfo import _native

    return _native
