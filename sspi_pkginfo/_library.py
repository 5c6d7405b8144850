"""The Pythonic side: one loaded native library, and the default one behind the module's functions.

The library allocates, we copy, and the `finally` of each method hands the buffer back. Three things
there are deliberate, for an interrupt can arrive at any moment: the `try` begins before the native
call, on a pointer that is NULL until the library sets it; the `finally` calls the foreign function
itself, since CPython delivers a pending signal when a Python function starts; and no Python code
runs inside the foreign call, where an exception would become a `ctypes.ArgumentError`.
"""

import os
import sys
from _thread import RLock  # the import of threading would add a fifth to ours

from . import _native, _windows
from ._errors import (
    LibraryLoadError,
    PackageNotFoundError,
    SecurityStatus,
    SspiError,
    describe_status,
)
from ._flags import Capability, RpcAuthn
from ._native import (
    ON_WINDOWS,
    ULONG,
    NativeLibrary,
    PSecPkgInfoW,
    SecPkgInfoW,
    from_native,
    to_native,
)
from ._package_info import PackageInfo, Unfrozen

ENUMERATE = "EnumerateSecurityPackagesW"
QUERY = "QuerySecurityPackageInfoW"
FREE = "FreeContextBuffer"

RPC_AUTHN = {member.value: member for member in RpcAuthn}
# Each combination that was ever asked for, which Enum keeps too but takes long to look up.
_capabilities: dict[int, Capability] = {}


class SspiLibrary:
    """One loaded native library that speaks SSPI's package management functions.

    `path` is a bare name, which only the system's own folders are searched for, or the path of a
    file. Raises `LibraryLoadError` if it cannot be loaded or lacks one of the three functions.
    """

    __slots__ = ("_enumerate", "_free", "_query", "path")

    path: str
    """The library's name or path, as it was given."""

    def __new__(cls, path: str | os.PathLike[str]) -> "SspiLibrary":
        if cls is SspiLibrary and not _windows.is_secur32(os.fsdecode(path)):
            # Imported here for it derives from this class, and since Windows' own needs none of it.
            from ._portable import PortableLibrary

            cls = PortableLibrary
        return super().__new__(cls)

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fsdecode(path)
        if not self.path:
            # On Linux an empty name would stand for the program itself.
            raise LibraryLoadError("the path of an SSPI library cannot be empty")
        try:
            self._bind(_native.load(*_windows.dll_search(self.path)))
        except AttributeError as error:
            raise LibraryLoadError(f"{self.path} is not an SSPI library: {error}") from error
        except (OSError, ValueError) as error:
            raise LibraryLoadError(f"cannot load {self.path}: {error}") from error

    @classmethod
    def _bound_to(cls, path: str, native: NativeLibrary) -> "SspiLibrary":
        self = super().__new__(cls)
        self.path = path
        self._bind(native)
        return self

    def _bind(self, native: NativeLibrary) -> None:
        self._enumerate = native.EnumerateSecurityPackagesW
        self._query = native.QuerySecurityPackageInfoW
        self._free = native.FreeContextBuffer

    def __repr__(self) -> str:
        return f"SspiLibrary({self.path!r})"

    def enumerate_packages(self) -> tuple[PackageInfo, ...]:
        """Return every security package, in the library's order.

        Raises `SspiError` if the library fails. Wraps
        https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-enumeratesecuritypackagesw
        """
        count = ULONG()
        packages = PSecPkgInfoW()
        try:
            if status := self._enumerate(count, packages):
                raise SspiError(ENUMERATE, status)
            if count and not packages:
                raise _no_answer(ENUMERATE)
            return tuple([_package_info(package) for package in packages[: count.value]])
        finally:
            if packages and (status := self._free(packages)):
                _warn_not_freed(status)

    def query_package(self, name: str) -> PackageInfo:
        """Return the security package of that name.

        Case does not matter. Raises `PackageNotFoundError` if there is none, `SspiError` if the
        library fails, `TypeError` for a name that is not a `str` and `ValueError` for one with a
        NUL in it. Wraps
        https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-querysecuritypackageinfow
        """
        if not isinstance(name, str) or "\0" in name:
            raise bad_name(name)
        native_name = name if ON_WINDOWS else to_native(name)
        package = PSecPkgInfoW()
        try:
            if status := self._query(native_name, package):
                raise _query_error(status, name)
            if not package:
                raise _no_answer(QUERY)
            return _package_info(package.contents)
        finally:
            if package and (status := self._free(package)):
                _warn_not_freed(status)

    def query_max_token(self, name: str) -> int:
        """Return the size in bytes of the largest token that the package of that name produces.

        Reads `cbMaxToken` alone, from the library each time. Raises what `query_package` raises.
        """
        if not isinstance(name, str) or "\0" in name:
            raise bad_name(name)
        native_name = name if ON_WINDOWS else to_native(name)
        package = PSecPkgInfoW()
        try:
            if status := self._query(native_name, package):
                raise _query_error(status, name)
            if not package:
                raise _no_answer(QUERY)
            max_token: int = package.contents.cbMaxToken
            return max_token
        finally:
            if package and (status := self._free(package)):
                _warn_not_freed(status)


def bad_name(name: str) -> TypeError | ValueError:
    if not isinstance(name, str):
        return TypeError(f"the name of a security package is a str, not {type(name).__name__}")
    # C would cut the name short there, and answer for another package.
    return ValueError(f"the name of a security package has no NUL in it: {name[:80]!r}")


def _package_info(native: SecPkgInfoW) -> PackageInfo:
    info = Unfrozen()
    if ON_WINDOWS:
        info.name = native.Name or ""
        info.comment = native.Comment or ""
    else:
        info.name = from_native(native.Name)
        info.comment = from_native(native.Comment)
    capabilities = native.fCapabilities
    try:
        info.capabilities = _capabilities[capabilities]
    except KeyError:
        info.capabilities = _capabilities[capabilities] = Capability(capabilities)
    info.version = native.wVersion
    rpc_id = native.wRPCID
    info.rpc_id = RPC_AUTHN.get(rpc_id, rpc_id)
    info.max_token = native.cbMaxToken
    info.__class__ = PackageInfo
    frozen: PackageInfo = info
    return frozen


def _query_error(status: int, name: str) -> SspiError:
    if status & 0xFFFFFFFF == SecurityStatus.SEC_E_SECPKG_NOT_FOUND:
        return PackageNotFoundError(QUERY, status, name)
    return SspiError(QUERY, status)


def _no_answer(function: str) -> SspiError:
    return SspiError(
        function,
        SecurityStatus.SEC_E_INTERNAL_ERROR,
        f"{function} succeeded but set a NULL pointer",
    )


def _warn_not_freed(status: int) -> None:
    # Imported here for a program that never needs it.
    import warnings

    warnings.warn(
        f"{FREE} failed with {describe_status(status)}: a buffer may have leaked",
        ResourceWarning,
        stacklevel=3,
    )


_default: SspiLibrary | None = None
_default_lock = RLock()


def default_library() -> SspiLibrary:
    """Return the library that the module's functions use: `secur32.dll` on Windows.

    Elsewhere it is sspi-rs, which the extra `portable` installs, or else WinPR. It is looked for
    once. Raises `LibraryLoadError`, which says what to install, if there is none.
    """
    global _default
    if _default is None:
        with _default_lock:
            if _default is None:
                if sys.platform == "win32":
                    _default = SspiLibrary(_windows.SECUR32)
                else:
                    from ._portable import find

                    _default = find()
    return _default


def enumerate_packages() -> tuple[PackageInfo, ...]:
    """Return every security package that this machine has, in the library's order.

    Raises `SspiError` if the library fails, and `LibraryLoadError` if there is none. Wraps
    https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-enumeratesecuritypackagesw
    """
    return (_default or default_library()).enumerate_packages()


def query_package(name: str) -> PackageInfo:
    """Return the security package of that name. Case does not matter.

    Raises `PackageNotFoundError` if there is none, `SspiError` if the library fails,
    `LibraryLoadError` if there is no library, `TypeError` for a name that is not a `str` and
    `ValueError` for one with a NUL in it. Wraps
    https://learn.microsoft.com/windows/win32/api/sspi/nf-sspi-querysecuritypackageinfow
    """
    return (_default or default_library()).query_package(name)


def query_max_token(name: str) -> int:
    """Return the size in bytes of the largest token that the package of that name produces.

    Ask before you size a buffer: it is a setting of the machine, and both sides must have room for
    it. Zero means that the package gives applications no token. Reads `cbMaxToken` alone, from the
    library each time. Raises what `query_package` raises.
    """
    return (_default or default_library()).query_max_token(name)
