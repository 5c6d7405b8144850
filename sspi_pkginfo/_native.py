"""The native interface as sspi.h declares it: one structure, three functions, and text.

https://learn.microsoft.com/windows/win32/api/sspi/ns-sspi-secpkginfow
"""

import codecs
import ctypes
import sys
from ctypes import POINTER, Structure, c_char, c_int32, c_uint16, c_uint32, c_void_p

# The ABI is SSPI's on every host: ULONG is 32 bits (c_ulong is 64 on Linux) and a character is a
# UTF-16 code unit (c_wchar is 32 bits there), so neither comes from the host's C compiler.
ULONG = c_uint32
USHORT = c_uint16
LONG = c_int32
# A LONG in the header, but its values are written there without a sign, such as 0x80090305.
SECURITY_STATUS = c_uint32
UTF_16 = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"

ArgumentError = ctypes.ArgumentError
system_text = getattr(ctypes, "FormatError", lambda code: "")

if sys.platform == "win32":
    NativeLibrary = ctypes.WinDLL
    SEC_WCHAR_P = ctypes.c_wchar_p

    # ctypes itself turns a str into a SEC_WCHAR_P and back.
    to_native = str

    def from_native(text: str | None) -> str:
        return text or ""

else:
    NativeLibrary = ctypes.CDLL
    SEC_WCHAR_P = c_void_p

    # str.encode() and bytes.decode() would look the codec up each time.
    _encode = codecs.utf_16_le_encode if sys.byteorder == "little" else codecs.utf_16_be_encode
    _decode = codecs.utf_16_le_decode if sys.byteorder == "little" else codecs.utf_16_be_decode
    # Longer than any string, with 32 bits 8 MiB. Past LAST it does not fit into the address space.
    _memory_at = (c_char * (sys.maxsize >> 8)).from_address
    LAST = 2 * sys.maxsize + 1 - (sys.maxsize >> 8)
    _find_two_zeros = None

    def to_native(text: str) -> bytes:
        return _encode(text, "surrogatepass")[0] + b"\0\0"

    def from_native(address: int | None) -> str:
        global _find_two_zeros
        if not address:
            return ""
        if _find_two_zeros is None:
            # Imported here because on Python 3.15 nothing else that this package imports needs it.
            import re

            _find_two_zeros = re.compile(rb"\0\0").search
        if address > LAST:
            end = address
            while ctypes.string_at(end, 2) != b"\0\0":
                end += 2
            return ctypes.string_at(address, end - address).decode(UTF_16, "surrogatepass")
        memory = _memory_at(address)
        end = _find_two_zeros(memory).end()  # type: ignore[union-attr]
        # Two zeros at an odd offset are halves of two code units: in "a\u0100", 61 00 00 01 00 00.
        while end % 2:
            if memory[end] == b"\0":
                end += 1
            else:
                end = _find_two_zeros(memory, end).end()  # type: ignore[union-attr]
        units: bytes = memory[: end - 2]  # type: ignore[assignment]
        return _decode(units, "surrogatepass", True)[0]


class SecPkgInfoW(Structure):
    _fields_ = (
        ("fCapabilities", ULONG),
        ("wVersion", USHORT),
        ("wRPCID", USHORT),
        ("cbMaxToken", ULONG),
        ("Name", SEC_WCHAR_P),
        ("Comment", SEC_WCHAR_P),
    )


PSecPkgInfoW = POINTER(SecPkgInfoW)


def declare(library: NativeLibrary) -> NativeLibrary:
    """Declare the three functions of a library; AttributeError if it lacks one."""
    library.EnumerateSecurityPackagesW.argtypes = [POINTER(ULONG), POINTER(PSecPkgInfoW)]
    library.EnumerateSecurityPackagesW.restype = SECURITY_STATUS

    library.QuerySecurityPackageInfoW.argtypes = [SEC_WCHAR_P, POINTER(PSecPkgInfoW)]
    library.QuerySecurityPackageInfoW.restype = SECURITY_STATUS

    # No argtypes: near the end of the stack CPython 3.11 fails to convert an argument by them, and
    # the buffer would be lost. A pointer goes through as it is.
    library.FreeContextBuffer.restype = SECURITY_STATUS

    return library
