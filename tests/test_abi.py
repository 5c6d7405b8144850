"""What this machine's ctypes makes of the declarations. They are compared with Microsoft's metadata
and the C headers in `abi/`."""

import ctypes
import sys

import pytest
from support import core

from sspi_pkginfo import SspiLibrary


def test_the_structure_has_the_size_and_offsets_of_this_machine(native: SspiLibrary) -> None:
    structure = core.native_function(native, "EnumerateSecurityPackagesW").argtypes[1]._type_._type_
    pointer = ctypes.sizeof(ctypes.c_void_p)
    fields = ["fCapabilities", "wVersion", "wRPCID", "cbMaxToken", "Name", "Comment"]
    offsets = {8: [0, 4, 6, 8, 16, 24], 4: [0, 4, 6, 8, 12, 16]}[pointer]
    assert [name for name, _ in structure._fields_] == fields
    assert [getattr(structure, name).offset for name in fields] == offsets
    assert ctypes.sizeof(structure) == offsets[-1] + pointer


@pytest.mark.parametrize("function", core.SLOTS)
def test_the_calling_convention_is_stdcall_on_windows_alone(
    native: SspiLibrary, function: str
) -> None:
    is_cdecl = bool(core.native_function(native, function)._flags_ & ctypes._FUNCFLAG_CDECL)
    assert is_cdecl == (sys.platform != "win32")
