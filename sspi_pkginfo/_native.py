"""The native interface as sspi.h declares it: one structure, three functions, and their types.

https://learn.microsoft.com/windows/win32/api/sspi/ns-sspi-secpkginfow
"""

import codecs
import ctypes
import re
import sys
from ctypes import POINTER, Structure, c_char, c_int32, c_uint16, c_uint32, c_void_p

# The ABI is SSPI's on every host: ULONG is 32 bits (c_ulong is 64 on Linux) and a character is a
# UTF-16 code unit (c_wchar is 32 bits there), so neither comes from the host's C compiler.
ULONG = c_uint32
USHORT = c_uint16
SECURITY_STATUS = c_int32
UTF_16 = f"utf-16-{sys.byteorder[0]}e"

if sys.platform == "win32":
    NativeLibrary = ctypes.WinDLL
    SEC_ENTRY = ctypes.WINFUNCTYPE
    SEC_WCHAR_P = ctypes.c_wchar_p

    def to_native(text: str) -> str:
        return text

    def from_native(text: str | None) -> str:
        return text or ""

else:
    NativeLibrary = ctypes.CDLL
    SEC_ENTRY = ctypes.CFUNCTYPE
    SEC_WCHAR_P = c_void_p

    # As long as an array can be on a 32-bit host: only the bytes up to the terminator are read.
    _memory_at = (c_char * 0x7FFFFFFF).from_address
    _find_two_zeros = re.compile(rb"\0\0").search
    # bytes.decode() would look the codec up by its name each time, for five times as long.
    _decode = codecs.utf_16_le_decode if sys.byteorder == "little" else codecs.utf_16_be_decode

    def to_native(text: str) -> bytes:
        return text.encode(UTF_16, "surrogatepass") + b"\0\0"

    def from_native(address: int | None) -> str:
        if not address:
            return ""
        memory = _memory_at(address)
        end: int = _find_two_zeros(memory).start()  # type: ignore[union-attr]
        # At an odd offset they are halves of two code units, of which the second may be the NUL.
        while end % 2 and memory[end + 2] != b"\0":
            end = _find_two_zeros(memory, end + 3).start()  # type: ignore[union-attr]
        units: bytes = memory[: end + end % 2]  # type: ignore[assignment]
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


def load(path: str, winmode: int) -> NativeLibrary:
    """Load a library and declare its three functions; OSError or AttributeError if it cannot be."""
    library = NativeLibrary(path, winmode=winmode)

    library.EnumerateSecurityPackagesW.argtypes = [POINTER(ULONG), POINTER(PSecPkgInfoW)]
    library.EnumerateSecurityPackagesW.restype = SECURITY_STATUS

    library.QuerySecurityPackageInfoW.argtypes = [SEC_WCHAR_P, POINTER(PSecPkgInfoW)]
    library.QuerySecurityPackageInfoW.restype = SECURITY_STATUS

    library.FreeContextBuffer.argtypes = [c_void_p]
    library.FreeContextBuffer.restype = SECURITY_STATUS

    return library
