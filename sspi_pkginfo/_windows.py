"""Windows' own library, and where Windows may look for a DLL."""

import os

SECUR32 = "secur32.dll"

LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR = 0x100
LOAD_LIBRARY_SEARCH_SYSTEM32 = 0x800


def is_secur32(path: str) -> bool:
    return os.path.basename(path).lower() == SECUR32


def dll_search(path: str) -> tuple[str, int]:
    """Return the name to load and the `winmode` that keeps other folders out of the search.

    The default search would take a `secur32.dll` that somebody planted beside `python.exe`.
    https://learn.microsoft.com/windows/win32/api/libloaderapi/nf-libloaderapi-loadlibraryexw
    """
    if not os.path.dirname(path):
        return path, LOAD_LIBRARY_SEARCH_SYSTEM32
    # LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR takes absolute paths only.
    return (
        os.path.abspath(path),
        LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32,
    )
