"""A fake native library, to test code that uses `sspi_pkginfo` without Windows.

>>> from sspi_pkginfo import Capability, PackageInfo, RpcAuthn, query_max_token
>>> kerberos = PackageInfo("Kerberos", "", Capability.CONNECTION, 1, RpcAuthn.GSS_KERBEROS, 65535)
>>> with FakeSspi([kerberos]):
...     query_max_token("kerberos")
65535
"""

import os
from collections.abc import Iterable
from ctypes import addressof, c_char, c_void_p, sizeof
from itertools import accumulate
from types import SimpleNamespace
from typing import Any, NoReturn, Self

from . import _captures, _library
from ._calls import ENUMERATE, FREE, QUERY, Calls
from ._errors import SecurityStatus
from ._guard import alone
from ._library import SspiLibrary
from ._native import UTF_16, SecPkgInfoW
from ._package_info import PackageInfo, fold

__all__ = ["FakeSspi"]


class _FakeLibrary(SspiLibrary):
    """A library without a file, so that it cannot leave this process."""

    __slots__ = ()

    def __init__(self, path: str, calls: Calls) -> None:
        self._path = path
        self._calls = calls

    def __repr__(self) -> str:
        return "SspiLibrary('FakeSspi')"

    def __deepcopy__(self, memo: object = None) -> Self:
        return self

    __copy__ = __deepcopy__

    def __reduce__(self) -> NoReturn:
        raise TypeError("the library of a FakeSspi cannot be pickled")


class FakeSspi:
    """A fake native library, that serves the packages you give it from real native buffers.

    A context manager. While it is open it is the default library of `sspi_pkginfo`, and behaves
    as `secur32.dll` does. Leaving it while a buffer has not been freed is an `AssertionError`, and
    closing it before one that was opened later is a `RuntimeError`. Raises `TypeError` or
    `ValueError`, which name the package and the field, for what SSPI cannot represent.
    """

    packages: tuple[PackageInfo, ...]
    """What it serves."""
    library: SspiLibrary
    """This fake as an `SspiLibrary`, for code that takes one as an argument."""
    allocated: int
    """How many buffers it has handed out."""
    freed: int
    """How many of them came back through `FreeContextBuffer`."""

    def __init__(self, packages: Iterable[PackageInfo]) -> None:
        self.packages = _captures.check_packages(packages)
        self.allocated = self.freed = 0
        self._buffers: dict[int, memoryview] = {}
        self._statuses = {ENUMERATE: 0, QUERY: 0, FREE: 0}
        # Python callables in the place of foreign functions: in a callback that C calls, Ctrl-C
        # would be lost.
        functions = {ENUMERATE: self._enumerate, QUERY: self._query, FREE: self._free}
        path = packages.library if isinstance(packages, _captures.Capture) else "FakeSspi"
        self.library = _FakeLibrary(path, Calls(SimpleNamespace(**functions)))

    @classmethod
    def from_json(cls, path: str | os.PathLike[str]) -> Self:
        """Replay what `sspi-pkginfo --json` printed into a file, for example on another machine.

        Its library has the path of the one that was captured. Raises `OSError` if the file cannot
        be read, and `ValueError`, which names the file, the package and the field, if it is not
        such a capture.
        """
        return cls(_captures.read(os.fspath(path)))

    @property
    def outstanding(self) -> int:
        """How many buffers it has handed out that have not been freed."""
        return len(self._buffers)

    def fail(self, function: str, status: int) -> None:
        """Make a native function, given by its C name, return a status from now on.

        A status of 0 clears the failure. A failing `FreeContextBuffer` frees its buffer all the
        same. Raises `ValueError` for another function or a number that is no status, and
        `TypeError` for anything but an int.
        """
        if function not in self._statuses:
            raise ValueError(f"{function!r} is not one of {', '.join(self._statuses)}")
        if not isinstance(status, int) or isinstance(status, bool):
            raise TypeError(f"a status must be an int, not {type(status).__name__}")
        if not -0x80000000 <= status <= 0xFFFFFFFF:
            raise ValueError(f"a status has 32 bits: {status} does not fit")
        self._statuses[function] = status & 0xFFFFFFFF

    def __enter__(self) -> Self:
        _library._libraries[:0] = [self.library]
        return self

    def __exit__(self, exc_type: object, exc: object, traceback: object) -> None:
        if self.library not in _library._libraries:
            raise RuntimeError("this FakeSspi is not open")
        opened_since = _library._libraries.index(self.library)
        _library._libraries.remove(self.library)
        if exc is not None:
            return
        if opened_since:
            raise RuntimeError("a FakeSspi was closed before one that was opened later")
        if self.outstanding:
            raise AssertionError(f"{self.outstanding} buffers have not been freed")

    def _enumerate(self, count: Any, packages: Any) -> int:
        if status := self._statuses[ENUMERATE]:
            return status
        self._hand_out(self.packages, packages)
        count.value = len(self.packages)
        return 0

    def _query(self, name: Any, package: Any) -> int:
        if status := self._statuses[QUERY]:
            return status
        if isinstance(name, bytes):
            name = name[:-2].decode(UTF_16, "surrogatepass")
        key = fold(name)
        for candidate in self.packages:
            if fold(candidate.name) == key:
                self._hand_out((candidate,), package)
                return 0
        return SecurityStatus.SEC_E_SECPKG_NOT_FOUND

    def _free(self, buffer: Any) -> int:
        return alone(self._take_back, c_void_p.from_buffer(buffer).value)

    def _hand_out(self, packages: tuple[PackageInfo, ...], pointer: Any) -> None:
        """Set the pointer to a buffer laid out as Windows does: the array, then its strings."""
        texts = [text for package in packages for text in (package.name, package.comment)]
        strings = [f"{text}\0".encode(UTF_16, "surrogatepass") for text in texts]
        # Never empty, because no bytes have no address.
        array = bytearray(sizeof(SecPkgInfoW) * max(1, len(packages)))
        buffer = memoryview(array + b"".join(strings))
        start = addressof(c_char.from_buffer(buffer))
        addresses = accumulate(map(len, strings), initial=start + len(array))
        for i, package in enumerate(packages):
            offset = sizeof(SecPkgInfoW) * i
            info = SecPkgInfoW.from_buffer(buffer, offset)
            info.fCapabilities = package.capabilities
            info.wVersion = package.version
            info.wRPCID = package.rpc_id
            info.cbMaxToken = package.max_token
            # By address: on Windows these fields take Python strings only.
            for field in (SecPkgInfoW.Name, SecPkgInfoW.Comment):
                c_void_p.from_buffer(buffer, offset + field.offset).value = next(addresses)
        alone(self._register, start, buffer, c_void_p.from_buffer(pointer))

    # What these two do is done whole: an interrupt comes only where something is called.

    def _register(self, start: int, buffer: memoryview, pointer: c_void_p) -> None:
        self._buffers[start] = buffer
        pointer.value = start
        self.allocated += 1

    def _take_back(self, start: int | None) -> int:
        if start not in self._buffers:
            return SecurityStatus.SEC_E_INVALID_HANDLE
        del self._buffers[start]
        self.freed += 1
        return self._statuses[FREE]
