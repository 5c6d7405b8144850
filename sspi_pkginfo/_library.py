"""One loaded native library, and the default one behind the module's functions."""

import os

from ._calls import Calls
from ._guard import Guard
from ._load import default_path, load
from ._package_info import PackageInfo
from ._read import read_max_token, read_package


class SspiLibrary:
    """One loaded native library that has SSPI's package management functions.

    `path` is a bare name, which is looked up in the system's folders, or the path of a file. Raises
    `LibraryLoadError` if it cannot be loaded or lacks one of the three functions.
    """

    __slots__ = ("_calls", "_path")

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path, native, is_windows_own = load(os.fsdecode(path))
        self._calls = Calls(native) if is_windows_own else Guard(Calls(native))

    @property
    def path(self) -> str:
        """The library's bare name, or its absolute path."""
        return self._path

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._path!r})"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self._path,), getattr(self, "__dict__", None)

    def enumerate_packages(self) -> tuple[PackageInfo, ...]:
        """Return every security package, as `sspi_pkginfo.enumerate_packages` does."""
        return self._calls.enumerate(read_package)

    def query_package(self, name: str) -> PackageInfo:
        """Return one security package, as `sspi_pkginfo.query_package` does."""
        if type(name) is not str or "\0" in name:
            name = _checked(name)
        return self._calls.query(name, read_package)

    def query_max_token(self, name: str) -> int:
        """Return the size of its largest token, as `sspi_pkginfo.query_max_token` does."""
        if type(name) is not str or "\0" in name:
            name = _checked(name)
        return self._calls.query(name, read_max_token)


def _checked(name: str) -> str:
    """Return the name as a plain str, because a subclass may have methods of its own."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a security package must be a str, not {type(name).__name__}")
    name = str.__str__(name)
    # C would stop at the NUL and look up a different package.
    if "\0" in name:
        raise ValueError(f"a security package's name must not contain a NUL: {name[:80]!r}")
    return name


# The first is the default library: a FakeSspi puts its own before the others while it is open. Of
# threads that look for the system's at once, all get the one that is here first: append is atomic,
# and unlike a lock is not left held by an interrupt.
_libraries: list[SspiLibrary] = []


def default_library() -> SspiLibrary:
    """Return the library that the module's functions use: the same object each time.

    On Windows it is `secur32.dll`. Elsewhere it is sspi-rs, which the extra `portable` installs.
    Raises `LibraryLoadError`, which says what to install, if there is none.
    """
    if not _libraries:
        _libraries.append(SspiLibrary(default_path()))
    return _libraries[0]


def enumerate_packages() -> tuple[PackageInfo, ...]:
    """Return every security package that this machine has, in the library's order.

    Raises `SspiError` if the library fails, and `LibraryLoadError` if there is none. Wraps
    https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-enumeratesecuritypackagesw
    """
    return (_libraries[0] if _libraries else default_library()).enumerate_packages()


def query_package(name: str) -> PackageInfo:
    """Return the security package of that name. Case does not matter.

    Raises `PackageNotFoundError` if there is none, `SspiError` if the library fails,
    `LibraryLoadError` if there is no library, `TypeError` for a name that is not a `str` and
    `ValueError` for one with a NUL in it. Wraps
    https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-querysecuritypackageinfow
    """
    return (_libraries[0] if _libraries else default_library()).query_package(name)


def query_max_token(name: str) -> int:
    """Return the size in bytes of the largest token that the package produces.

    Call this before you size a buffer: the number is a setting of the machine, never cached, and
    both sides must have room for it. Zero means that the package gives applications no token.
    Reads only `cbMaxToken`. Raises what `query_package` raises.
    """
    return (_libraries[0] if _libraries else default_library()).query_max_token(name)
