"""A native library of your own making, to test code that uses `sspi_pkginfo` without Windows.

>>> from sspi_pkginfo import Capability, PackageInfo, RpcAuthn, query_max_token
>>> kerberos = PackageInfo("Kerberos", "", Capability.CONNECTION, 1, RpcAuthn.GSS_KERBEROS, 65535)
>>> with FakeSspi([kerberos]):
...     query_max_token("kerberos")
65535
"""

import json
import os
import threading
from collections.abc import Iterable
from ctypes import POINTER, addressof, c_char, c_void_p, cast, sizeof
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from . import _library
from ._errors import SecurityStatus
from ._flags import Capability
from ._library import ENUMERATE, FREE, QUERY, RPC_AUTHN, SspiLibrary
from ._native import (
    ON_WINDOWS,
    SEC_ENTRY,
    SEC_WCHAR_P,
    SECURITY_STATUS,
    ULONG,
    NativeLibrary,
    PSecPkgInfoW,
    SecPkgInfoW,
    from_native,
    to_native,
)
from ._package_info import PackageInfo
from ._portable import same_name

__all__ = ["FakeSspi"]


class FakeSspi:
    """A stand-in native library: real buffers behind real C function pointers.

    A context manager. While it is open it is the default library of `sspi_pkginfo`, and it answers
    for the packages that it was given as `secur32.dll` would. Leaving it while a buffer has not
    come back is an `AssertionError`. Raises `ValueError` for a package that SSPI cannot express.
    """

    def __init__(self, packages: Iterable[PackageInfo]) -> None:
        self.packages = tuple(packages)
        """What it serves."""
        self.allocated = 0
        """How many buffers it has handed out."""
        self.freed = 0
        """How many of them came back through `FreeContextBuffer`."""
        self._buffers: dict[int, bytearray] = {}
        self._statuses = dict.fromkeys((ENUMERATE, QUERY, FREE), 0)
        self._lock = threading.RLock()
        self._covered: list[SspiLibrary | None] = []
        self.library = SspiLibrary._bound_to("FakeSspi", self._native_library())
        """It as an `SspiLibrary`, for code that is handed one."""

        for package, answer in zip(self.packages, self.library.enumerate_packages(), strict=True):
            if package != answer:
                raise ValueError(f"SSPI cannot express {package!r}: it would give {answer!r}")
        self.allocated = self.freed = 0

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> Self:
        """Serve what `sspi-pkginfo --json` printed into a file, on another machine perhaps."""
        # As bytes: Windows PowerShell redirects into UTF-16, which json recognises by itself.
        capture = json.loads(Path(path).read_bytes())
        return cls(
            PackageInfo(
                package["name"],
                package["comment"],
                Capability(package["capabilities_value"]),
                package["version"],
                RPC_AUTHN.get(package["rpc_id"], package["rpc_id"]),
                package["max_token"],
            )
            for package in capture["packages"]
        )

    @property
    def outstanding(self) -> int:
        """How many buffers it has handed out that have not come back."""
        return len(self._buffers)

    def fail(self, function: str, status: int) -> None:
        """Let one of the three native functions, by its C name, return a status from now on.

        A status of 0 mends it. A failing `FreeContextBuffer` takes its buffer back all the same.
        """
        if function not in self._statuses:
            raise ValueError(f"no function {function!r}; there are {', '.join(self._statuses)}")
        self._statuses[function] = status

    def __enter__(self) -> Self:
        self._covered.append(_library._default)
        _library._default = self.library
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        _library._default = self._covered.pop()
        if exc is None and self.outstanding:
            raise AssertionError(f"{self.outstanding} buffers have not been freed")

    def _native_library(self) -> NativeLibrary:
        def enumerate_packages(count: Any, packages: Any) -> int:
            if status := self._statuses[ENUMERATE]:
                return status
            packages[0] = self._allocate(self.packages)
            count[0] = len(self.packages)
            return 0

        def query_package(native_name: Any, package: Any) -> int:
            if status := self._statuses[QUERY]:
                return status
            name = native_name if ON_WINDOWS else from_native(native_name)
            for candidate in self.packages:
                if same_name(candidate.name, name):
                    package[0] = self._allocate((candidate,))
                    return 0
            return SecurityStatus.SEC_E_SECPKG_NOT_FOUND

        def free(buffer: Any) -> int:
            with self._lock:
                if self._buffers.pop(buffer, None) is None:
                    return SecurityStatus.SEC_E_INVALID_HANDLE
                self.freed += 1
            return self._statuses[FREE]

        # The handle keeps ctypes from loading anything.
        native = NativeLibrary("FakeSspi", handle=0)
        pointer = POINTER(PSecPkgInfoW)
        vars(native).update(
            EnumerateSecurityPackagesW=SEC_ENTRY(SECURITY_STATUS, POINTER(ULONG), pointer)(
                enumerate_packages
            ),
            QuerySecurityPackageInfoW=SEC_ENTRY(SECURITY_STATUS, SEC_WCHAR_P, pointer)(
                query_package
            ),
            FreeContextBuffer=SEC_ENTRY(SECURITY_STATUS, c_void_p)(free),
        )
        return native

    def _allocate(self, packages: tuple[PackageInfo, ...]) -> Any:
        """Lay packages out as Windows does, the array and then its strings in one buffer."""
        strings = [
            to_native(text) for package in packages for text in (package.name, package.comment)
        ]
        end = sizeof(SecPkgInfoW) * len(packages)
        buffer = bytearray(end + sum(map(len, strings)) + 1)
        start = addressof(c_char.from_buffer(buffer))
        addresses = []
        for string in strings:
            addresses.append(start + end)
            buffer[end : end + len(string)] = string
            end += len(string)
        for i, package in enumerate(packages):
            offset = sizeof(SecPkgInfoW) * i
            info = SecPkgInfoW.from_buffer(buffer, offset)
            info.fCapabilities = package.capabilities
            info.wVersion = package.version
            info.wRPCID = package.rpc_id
            info.cbMaxToken = package.max_token
            name, comment = addresses[2 * i : 2 * i + 2]
            # By address: on Windows these fields take Python strings only.
            c_void_p.from_buffer(buffer, offset + SecPkgInfoW.Name.offset).value = name
            c_void_p.from_buffer(buffer, offset + SecPkgInfoW.Comment.offset).value = comment
        with self._lock:
            self._buffers[start] = buffer
            self.allocated += 1
        return cast(start, PSecPkgInfoW)
