"""The exceptions. Their messages say what to do next."""

import enum

from ._native import LONG, system_text


class SecurityStatus(enum.IntEnum):
    """The failures that the three functions are known to return, as unsigned 32-bit values.

    https://learn.microsoft.com/windows/win32/secauthn/sspi-status-codes
    """

    SEC_E_INSUFFICIENT_MEMORY = 0x80090300
    SEC_E_INVALID_HANDLE = 0x80090301
    SEC_E_UNSUPPORTED_FUNCTION = 0x80090302
    SEC_E_TARGET_UNKNOWN = 0x80090303
    SEC_E_INTERNAL_ERROR = 0x80090304
    SEC_E_SECPKG_NOT_FOUND = 0x80090305
    SEC_E_NOT_OWNER = 0x80090306
    SEC_E_CANNOT_INSTALL = 0x80090307
    SEC_E_NO_CREDENTIALS = 0x8009030E
    SEC_E_BAD_PKGID = 0x80090316
    SEC_E_INVALID_PARAMETER = 0x8009035D


_SYMBOLS = {status.value: status.name for status in SecurityStatus}


def describe_status(status: int) -> str:
    """Return "SEC_E_INTERNAL_ERROR (0x80090304)", or what Windows says of one without a symbol."""
    number = f"0x{status:08X}"
    if symbol := _SYMBOLS.get(status):
        return f"{symbol} ({number})"
    text = system_text(LONG(status).value).replace("<no description>", "")
    return f"{number}: {text}" if text else number


class SspiError(OSError):
    """A native call failed.

    On Windows `winerror` is the status as the signed integer that Windows calls an HRESULT.
    """

    function: str
    """The native function that failed."""
    status: int
    """What it returned, as an unsigned 32-bit integer."""
    symbol: str | None
    """The name that winerror.h gives the status, or None for a status without a name."""

    def __init__(self, function: str, status: int, message: str = "") -> None:
        self.function = function
        self.status = status & 0xFFFFFFFF
        self.symbol = _SYMBOLS.get(self.status)
        message = message or f"{function} failed with {describe_status(self.status)}"
        # 22, EINVAL, is the errno that Windows gives an OSError with a SEC_E_ winerror.
        super().__init__(22, message, None, LONG(self.status).value)
        self.args: tuple[object, ...] = (function, self.status, message)  # what copies are made of

    def __str__(self) -> str:
        return str(self.strerror)


class PackageNotFoundError(SspiError, LookupError):
    """The library has no security package of that name, or lists it and cannot describe it."""

    name: str
    """The name that was looked up."""
    listed: bool
    """Whether it is known that the library lists it all the same."""

    def __init__(self, function: str, status: int, name: str, listed: bool = False) -> None:
        self.name = name
        self.listed = listed
        shown = repr(name if len(name) <= 80 else f"{name[:80]}...")
        message = f"no security package is named {shown}"
        if listed:
            failure = describe_status(status)
            message = f"the library lists {shown} but refuses to describe it: {failure}"
        super().__init__(function, status, message)
        self.args: tuple[object, ...] = (function, self.status, name, listed)


class LibraryLoadError(OSError):
    """No SSPI library was found, or the one that you named cannot be loaded or is not one."""
