"""The Pythonic side: one loaded native library, and the default one behind the module's functions.

A name goes from here through `_guard`, unless the library is Windows' own, and `_calls` to the
native library; `_read` copies the answer.
"""

import os

from . import _find, _native
from ._calls import Calls
from ._errors import LibraryLoadError
from ._guard import Guard
from ._package_info import PackageInfo
from ._read import read_max_token, read_package

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import Any


class SspiLibrary:
    """One loaded native library that has SSPI's package management functions.

    `path` is a bare name, which is looked up in the system's own folders only, or the path of a
    file. Raises `LibraryLoadError` if it cannot be loaded or lacks one of the three functions.
    """

    __slots__ = ("_calls", "_path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.fsdecode(path)
        self._calls = _calls_of(self._path)

    @property
    def path(self) -> str:
        """The library's name or path, as it was given."""
        return self._path

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._path!r})"

    # Pickled and copied by its path, a subclass with its own attributes too.

    def __getstate__(self) -> dict[str, object]:
        state: Any = super().__getstate__()
        attributes, slots = state
        del slots["_calls"]
        return {**(attributes or {}), **slots}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self._calls = _calls_of(self._path)

    def enumerate_packages(self) -> tuple[PackageInfo, ...]:
        """Return every security package, in the library's order.

        Raises `SspiError` if the library fails. Wraps
        https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-enumeratesecuritypackagesw
        """
        return self._calls.enumerate(read_package)

    def query_package(self, name: str) -> PackageInfo:
        """Return the security package of that name.

        Case does not matter. Raises `PackageNotFoundError` if there is none, `SspiError` if the
        library fails, `TypeError` for a name that is not a `str` and `ValueError` for one with a
        NUL in it. Wraps
        https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-querysecuritypackageinfow
        """
        if type(name) is not str or "\0" in name:  # pragma: no mutate - only faster
            name = _checked(name)
        return self._calls.query(name, read_package)

    def query_max_token(self, name: str) -> int:
        """Return the size in bytes of the largest token that the package produces.

        Reads only `cbMaxToken`, and asks the library each time. Raises what `query_package` raises.
        """
        if type(name) is not str or "\0" in name:  # pragma: no mutate - only faster
            name = _checked(name)
        return self._calls.query(name, read_max_token)


def _calls_of(path: str) -> Calls | Guard:
    """Windows' own library is called as it is, every other one through the guard."""
    calls = Calls(_load(path))
    return calls if _find.is_windows_own(path) else Guard(calls)


def _load(path: str) -> _native.NativeLibrary:
    if not path:
        # On Linux an empty name would stand for the program itself.
        raise LibraryLoadError("the path of an SSPI library must not be empty")
    try:
        return _native.load(*_find.search(path))
    except AttributeError as error:
        raise LibraryLoadError(f"{path} is not an SSPI library: {error}") from error
    except (OSError, ValueError) as error:
        reason = str(error).removeprefix(f"{path}: ")
        raise LibraryLoadError(f"cannot load {path}: {reason}") from error


def _checked(name: str) -> str:
    """Return the name as a plain str, because a subclass may have methods of its own."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a security package must be a str, not {type(name).__name__}")
    name = str.__str__(name)
    # C would stop at the NUL and look up a different package.
    if "\0" in name:
        raise ValueError(
            f"the name of a security package must not contain a NUL character: {name[:80]!r}"
        )
    return name


_system: SspiLibrary | None = None
_stand_in: SspiLibrary | None = None  # FakeSspi's, while one is open
# Threads that look for the system's library at once all get the one that is here first: setdefault
# is atomic, and unlike a lock cannot be left held by an interrupt.
_found: dict[str, SspiLibrary] = {}


def default_library() -> SspiLibrary:
    """Return the library that the module's functions use: the same object each time.

    On Windows it is `secur32.dll`. Elsewhere it is sspi-rs, which the extra `portable` installs.
    Raises `LibraryLoadError`, which says what to install, if there is none.
    """
    global _system
    if _stand_in:
        return _stand_in
    if _system is None:
        try:
            path = _find.default()
        except OSError as error:
            raise LibraryLoadError(str(error)) from error.__cause__
        _system = _found.setdefault("default", SspiLibrary(path))  # pragma: no mutate - any key
    return _system


def enumerate_packages() -> tuple[PackageInfo, ...]:
    """Return every security package that this machine has, in the library's order.

    Raises `SspiError` if the library fails, and `LibraryLoadError` if there is none. Wraps
    https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-enumeratesecuritypackagesw
    """
    return (_stand_in or _system or default_library()).enumerate_packages()


def query_package(name: str) -> PackageInfo:
    """Return the security package of that name. Case does not matter.

    Raises `PackageNotFoundError` if there is none, `SspiError` if the library fails,
    `LibraryLoadError` if there is no library, `TypeError` for a name that is not a `str` and
    `ValueError` for one with a NUL in it. Wraps
    https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-querysecuritypackageinfow
    """
    return (_stand_in or _system or default_library()).query_package(name)


def query_max_token(name: str) -> int:
    """Return the size in bytes of the largest token that the package produces.

    Call this before you size a buffer: the number is a setting of the machine, and both sides must
    have room for it. Zero means that the package gives applications no token. Reads only
    `cbMaxToken`, and asks the library each time. Raises what `query_package` raises.
    """
    return (_stand_in or _system or default_library()).query_max_token(name)
