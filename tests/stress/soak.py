"""Call a library very often, and tell what this process has more of afterwards:
`soak.py LIBRARY WARM_UP CALLS`, and as a control `leak`, with which nothing is freed."""

import json
import sys

import psutil
from support import core

from sspi_pkginfo import SspiLibrary


def in_use() -> tuple[int, int]:
    """Return the resident memory in bytes and the number of open handles."""
    process = psutil.Process()
    handles = process.num_handles if sys.platform == "win32" else process.num_fds
    return process.memory_info().rss, handles()


def call(library: SspiLibrary, calls: str) -> None:
    for _ in range(int(calls) // 3):
        library.enumerate_packages()
        library.query_package("ntlm")
        library.query_max_token("NTLM")


def main() -> None:
    path, warm_up, calls, *leak = sys.argv[1:]
    library = SspiLibrary(path)
    if leak:
        core.wrap(library, "FreeContextBuffer", lambda free, buffer: 0)
    call(library, warm_up)
    before = in_use()
    call(library, calls)
    memory, handles = (now - then for now, then in zip(in_use(), before, strict=True))
    print(json.dumps({"memory": memory, "handles": handles}))


if __name__ == "__main__":
    main()
