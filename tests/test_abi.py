"""What this machine's ctypes makes of the declarations. They are compared with Microsoft's metadata
and the C headers in `abi/`."""

import ctypes
import sys
from typing import Any

import pytest
from support import core

from sspi_pkginfo import SspiLibrary


def native_function(library: SspiLibrary, function: str) -> Any:
    return getattr(core.calls_of(library), core.SLOTS[function])


def test_the_structure_has_the_size_and_offsets_of_this_machine(native: SspiLibrary) -> None:
    enumerate_packages = native_function(native, "EnumerateSecurityPackagesW")
    structure = enumerate_packages.argtypes[1]._type_._type_
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
    is_cdecl = bool(native_function(native, function)._flags_ & ctypes._FUNCFLAG_CDECL)
    assert is_cdecl == (sys.platform != "win32")
