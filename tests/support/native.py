"""What the tests need of native code: a compiler, and the library with faults."""

import ctypes
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_uint16, c_uint32, c_uint64, c_void_p
from pathlib import Path

from sspi_pkginfo import SspiLibrary

from . import core
from .missing import missing
from .process import run

HERE = Path(__file__).parent
SUFFIX = ".dll" if sys.platform == "win32" else ".so"

interrupt = ctypes.pythonapi.PyErr_SetInterrupt
"""Let SIGINT arrive, as if it came now: Python delivers it at the next step where it looks."""
interrupt.restype = None


def compile_library(source: str, folder: Path) -> Path:
    """Compile one of the C files beside this one, or take what was compiled beforehand.

    Windows' CPython under Wine has no compiler: tests/tools/windows.py names a folder.
    """
    if prepared := os.environ.get("SSPI_PKGINFO_TEST_NATIVE"):
        return Path(prepared, source).with_suffix(SUFFIX)
    compiler = (
        shutil.which("cc") or shutil.which("gcc") or missing("a C compiler", "install gcc or clang")
    )
    library = (folder / source).with_suffix(SUFFIX)
    flags = ["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    run(compiler, *flags, "-o", library, HERE / source)
    return library


REQUESTS = (
    *("enumerate_status", "query_status", "free_status", "buffer_on_error", "null_array"),
    *("null_strings", "guard", "unaligned", "packages", "first", "capabilities", "rpc_id"),
    "max_token",
)
COUNTS = ("calls", "handed_out", "freed", "freed_wrongly", "held")


CALLS: dict[str, Callable[[SspiLibrary], object]] = {
    "enumerate_packages": lambda library: library.enumerate_packages(),
    "query_package": lambda library: library.query_package("Package 1"),
    "query_max_token": lambda library: library.query_max_token("Package 1"),
}
"""The three calls, as the library with faults can answer them."""


class Faults(ctypes.Structure):
    """The `faults` of faults.c."""

    _fields_ = (
        *((name, c_uint32) for name in REQUESTS),
        ("name", c_uint16 * 1024),
        ("comment", c_uint16 * 1024),
        ("interrupt_at", c_uint32),
        ("interrupt_on_acquire", c_uint32),
        ("interrupt", c_void_p),
        *((name, c_uint64) for name in COUNTS),
    )


class FaultyLibrary:
    """The library with faults: as ours sees it, and as the tests command it."""

    def __init__(self, path: Path, *, guarded: bool = True) -> None:
        self.path = path
        self.library = SspiLibrary(path)
        if not guarded:
            core.remove_the_guard(self.library)
        self.native = ctypes.CDLL(str(path))
        self.faults = Faults.in_dll(self.native, "faults")

    def ask(self, **requests: int | str) -> None:
        """Start again at zero: serve three plain packages but for what is requested."""
        ctypes.memset(ctypes.byref(self.faults), 0, ctypes.sizeof(self.faults))
        self.faults.interrupt = ctypes.cast(interrupt, c_void_p)
        plain = {"packages": 3, "capabilities": 0x3, "rpc_id": 10, "max_token": 2888}
        for request, value in (plain | requests).items():
            if isinstance(value, str):
                units = memoryview(value.encode("utf-16-le", "surrogatepass")).cast("H")
                getattr(self.faults, request)[: len(units)] = units.tolist()
            else:
                setattr(self.faults, request, value)

    @contextmanager
    def told_to(self, **requests: int | str) -> Iterator[SspiLibrary]:
        """The same for a while, and every buffer has to come back, once."""
        self.ask(**requests)
        yield self.library
        lost_and_wrong = (self.outstanding, self.faults.freed_wrongly)
        assert lost_and_wrong == (0, 0), "buffers lost, freed wrongly"

    @property
    def handed_out(self) -> int:
        return int(self.faults.handed_out)

    @property
    def outstanding(self) -> int:
        return int(self.faults.handed_out - self.faults.freed)
