"""The two calls of a native library, each written once, with the `finally` that frees its buffer.

Three things here are deliberate, because an interrupt can arrive at any moment. The `try` begins
before the native call, on a pointer that is NULL until the library sets it. The `finally` calls the
foreign function itself, because CPython delivers a pending signal when a Python function starts. No
Python code runs inside the foreign call, where an exception would become `ctypes.ArgumentError`. So
that error means that memory ran out before the library was called, and the `finally` tries again.
"""

import sys

from ._errors import PackageNotFoundError, SecurityStatus, SspiError, describe_status
from ._native import ULONG, ArgumentError, PSecPkgInfoW, to_native

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeAlias, TypeVar

    from ._native import SecPkgInfoW

    T = TypeVar("T")
    Read: TypeAlias = Callable[[SecPkgInfoW], T]

ENUMERATE = "EnumerateSecurityPackagesW"
QUERY = "QuerySecurityPackageInfoW"
FREE = "FreeContextBuffer"
INTERNAL_ERROR = SecurityStatus.SEC_E_INTERNAL_ERROR
NULL_POINTER = "succeeded but set a NULL pointer"


class Calls:
    """The calls of one library. `read` copies what its caller wants out of each package."""

    __slots__ = ("_enumerate", "_free", "_query")

    def __init__(self, native: "Any") -> None:
        self._enumerate = native.EnumerateSecurityPackagesW
        self._query = native.QuerySecurityPackageInfoW
        self._free = native.FreeContextBuffer

    def enumerate(self, read: "Read[T]") -> "tuple[T, ...]":
        count = ULONG()
        packages = PSecPkgInfoW()
        try:
            if status := self._enumerate(count, packages):
                raise SspiError(ENUMERATE, status)
            if count and not packages:
                raise SspiError(ENUMERATE, INTERNAL_ERROR, f"{ENUMERATE} {NULL_POINTER}")
            # Not a slice: when memory runs out it leaves NULL in its list, and Python crashes.
            return tuple([read(packages[i]) for i in range(count.value)])
        finally:
            if packages:
                try:
                    status = self._free(packages)
                except ArgumentError:
                    status = self._free(packages)
                if status:
                    _warn_not_freed(status)

    def query(self, name: str, read: "Read[T]") -> "T":
        native_name = to_native(name)
        package = PSecPkgInfoW()
        try:
            if status := self._query(native_name, package):
                if status == SecurityStatus.SEC_E_SECPKG_NOT_FOUND:
                    raise PackageNotFoundError(QUERY, status, name)
                raise SspiError(QUERY, status)
            if not package:
                raise SspiError(QUERY, INTERNAL_ERROR, f"{QUERY} {NULL_POINTER}")
            return read(package[0])
        finally:
            if package:
                try:
                    status = self._free(package)
                except ArgumentError:
                    status = self._free(package)
                if status:
                    _warn_not_freed(status)


def _warn_not_freed(status: int) -> None:
    # Imported here for a program that never needs it.
    import warnings

    level, frame = 1, sys._getframe()
    package = f"{__name__.rpartition('.')[0]}."
    while frame and str(frame.f_globals.get("__name__")).startswith(package):
        level, frame = level + 1, frame.f_back  # type: ignore[assignment]
    text = f"{FREE} failed with {describe_status(status)}: a buffer may have leaked"
    warnings.warn(text, ResourceWarning, stacklevel=level)
