"""The libraries that stand in where there is no Windows: where they are, and how to call them.

Every library but `secur32.dll` is called through `PortableLibrary`, so that the same call means the
same thing on all of them.
"""

import importlib.machinery
import os
from _thread import RLock
from collections.abc import Iterator

from ._errors import LibraryLoadError, PackageNotFoundError, SecurityStatus
from ._library import QUERY, SspiLibrary, bad_name
from ._native import NativeLibrary
from ._package_info import PackageInfo

WINPR = ("libwinpr3.so.3", "libwinpr2.so.2")

_locks: dict[int, RLock] = {}


def find() -> SspiLibrary:
    error = LibraryLoadError(
        'no SSPI library here: install sspi-rs (pip install "sspi-pkginfo[portable]") '
        "or WinPR (Debian: libwinpr3-3 or libwinpr2-2)"
    )
    for path in (*_sspi_rs(), *WINPR):
        try:
            return SspiLibrary(path)
        except LibraryLoadError as reason:
            error.add_note(str(reason))
    raise error


def _sspi_rs() -> Iterator[str]:
    """Yield the files of sspi-rs that the wheels of `sspilib` keep beside or in the package."""
    # PathFinder comes with dataclasses; importlib.metadata takes as long as all the rest to import.
    spec = importlib.machinery.PathFinder.find_spec("sspilib")
    for package in (spec and spec.submodule_search_locations) or ():
        for folder in (f"{package}.libs", os.path.join(package, ".dylibs")):
            if os.path.isdir(folder):
                for name in sorted(os.listdir(folder)):
                    if name.startswith("libsspi") and name.endswith((".so", ".dylib")):
                        yield os.path.join(folder, name)


def same_name(one: str, other: str) -> bool:
    """Tell whether two names differ in case alone.

    Asked both ways, since to Python's lower() a Kelvin sign is a k, and to its upper() a dotless i
    is an I.
    """
    return one.lower() == other.lower() and one.upper() == other.upper()


class PortableLibrary(SspiLibrary):
    """A library that is not `secur32.dll`, called by one thread at a time and by its own names.

    WinPR keeps its buffers in a table without a lock: two threads inside it corrupt the heap. Both
    it and sspi-rs mind the case of a name, and sspi-rs panics on a name that it lacks, so neither
    is asked for a name that it did not enumerate.
    """

    __slots__ = ("_lock",)

    def _bind(self, native: NativeLibrary) -> None:
        super()._bind(native)
        # One for each library, however many objects stand for it, and re-entrant, for a signal
        # handler may call us in the thread that holds it.
        self._lock = _locks.setdefault(native._handle, RLock())

    def enumerate_packages(self) -> tuple[PackageInfo, ...]:
        with self._lock:
            return super().enumerate_packages()

    def query_package(self, name: str) -> PackageInfo:
        with self._lock:
            return super().query_package(self._own_name(name))

    def query_max_token(self, name: str) -> int:
        with self._lock:
            return super().query_max_token(self._own_name(name))

    def _own_name(self, name: str) -> str:
        """Return the name as the library spells it."""
        if not isinstance(name, str) or "\0" in name:
            raise bad_name(name)
        for package in super().enumerate_packages():
            if same_name(package.name, name):
                return package.name
        raise PackageNotFoundError(QUERY, SecurityStatus.SEC_E_SECPKG_NOT_FOUND, name)
