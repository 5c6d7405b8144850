"""Where a native library is looked for: on Windows in System32, elsewhere in sspilib's wheel."""

import os
import sys

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterable

LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR = 0x100
LOAD_LIBRARY_SEARCH_SYSTEM32 = 0x800


def default() -> str:
    """Return the name or path of the default library; an OSError says what to do without one."""
    return "secur32.dll" if sys.platform == "win32" else _sspi_rs()


def is_windows_own(path: str) -> bool:
    """Return whether this is a library of Windows itself: a bare name, searched for in System32."""
    return sys.platform == "win32" and not os.path.dirname(path)


def search(path: str) -> tuple[str, int]:
    """Return what to load and the `winmode` that keeps other folders out of Windows' search.

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


def _sspi_rs() -> str:
    """Return the file of sspi-rs that the wheels of `sspilib` keep beside or in the package."""
    folders = [*_sspilib_folders()]
    if not folders:
        raise OSError(
            "no SSPI library here: install sspi-rs with "
            'python -m pip install "sspi-pkginfo[portable]"'
        )
    for folder in folders:
        for libraries in (f"{folder}.libs", os.path.join(folder, ".dylibs")):
            try:
                names = sorted(os.listdir(libraries))
            except FileNotFoundError:
                continue
            except OSError as error:
                reason = error.strerror
                raise OSError(f"cannot look for sspi-rs in {libraries}: {reason}") from error
            for name in names:
                if name.startswith("libsspi") and name.endswith((".so", ".dylib")):
                    return os.path.join(libraries, name)
    raise OSError(
        f"sspilib is installed in {folders[0]}, but sspi-rs is not beside it: install its wheel "
        "with python -m pip install --force-reinstall --only-binary sspilib sspilib"
    )


def _sspilib_folders() -> "Iterable[str]":
    """Return the folders of the package that `import sspilib` gives or would give."""
    if "sspilib" in sys.modules:
        module = sys.modules["sspilib"]
        return (getattr(module, "__file__", None) and getattr(module, "__path__", None)) or ()
    # What `import` does; importlib.util.find_spec takes as long to import as all the rest of us.
    for finder in sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        try:
            spec = find_spec and find_spec("sspilib", None, None)
        except Exception as error:
            raise OSError(f"cannot look for sspilib: {error}") from error
        if spec:
            # A folder that only happens to be called so is a spec without an origin.
            return (spec.origin and spec.submodule_search_locations) or ()
    return ()
