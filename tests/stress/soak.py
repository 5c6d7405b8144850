"""Call a library very often, and tell what this process has more of afterwards."""

import argparse
import ctypes
import json
import os
import sys
from pathlib import Path

from support import core

from sspi_pkginfo import SspiLibrary

WARM_UP = 30_000


def in_use() -> tuple[int, int]:
    """Return the resident memory in bytes and the number of open handles."""
    if sys.platform != "win32":
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/self/fd"))

    class ProcessMemoryCounters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("PageFaultCount", ctypes.c_uint32),
            ("PeakWorkingSetSize", ctypes.c_size_t),
            ("WorkingSetSize", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 6),
        )

    kernel32 = ctypes.WinDLL("kernel32", winmode=0x800)
    process = ctypes.c_void_p(-1)  # GetCurrentProcess()
    memory = ProcessMemoryCounters(cb=ctypes.sizeof(ProcessMemoryCounters))
    handles = ctypes.c_uint32()
    assert kernel32.K32GetProcessMemoryInfo(process, ctypes.byref(memory), memory.cb)
    assert kernel32.GetProcessHandleCount(process, ctypes.byref(handles))
    return memory.WorkingSetSize, handles.value


def call(library: SspiLibrary, calls: int) -> None:
    for _ in range(calls // 3):
        library.enumerate_packages()
        library.query_package("ntlm")
        library.query_max_token("NTLM")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("calls", type=int)
    parser.add_argument("--warm-up", type=int, default=WARM_UP)
    parser.add_argument("--leak", action="store_true", help="the control: free nothing")
    options = parser.parse_args()

    library = SspiLibrary(options.library)
    if options.leak:
        core.wrap(library, "FreeContextBuffer", lambda free, buffer: 0)
    call(library, options.warm_up)
    memory, handles = in_use()
    call(library, options.calls)
    memory_after, handles_after = in_use()
    print(json.dumps({"memory": memory_after - memory, "handles": handles_after - handles}))


if __name__ == "__main__":
    main()
