"""Which file is the native library, how it is loaded, and why it cannot be."""

import ctypes
import os
import sys

from ._errors import LibraryLoadError
from ._native import NativeLibrary, declare

LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR = 0x100
LOAD_LIBRARY_SEARCH_SYSTEM32 = 0x800


def load(path: str) -> tuple[str, NativeLibrary, bool]:
    """Load a library. Return its path, absolute if it has a folder, and if it is Windows' own."""
    if not path:
        # On Linux an empty name would stand for the program itself.
        raise LibraryLoadError("the path of an SSPI library must not be empty")
    folder, file = os.path.dirname(path), path
    is_windows_own = sys.platform == "win32" and not folder
    winmode = LOAD_LIBRARY_SEARCH_SYSTEM32
    try:
        if folder:
            # Not abspath() where a ".." may be behind a link: it would be another folder's.
            path = os.path.join(os.getcwd(), path) if ".." in path else os.path.abspath(path)
            file = os.path.abspath(path) if sys.platform == "win32" else path
            winmode |= LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
        elif is_windows_own:
            # By its bare name Windows would take a library of that name that is loaded already.
            # Not so kernel32.dll, which is in each process before anything else.
            kernel32 = NativeLibrary("kernel32.dll", winmode=winmode)
            system = ctypes.create_unicode_buffer(260)  # MAX_PATH
            kernel32.GetSystemDirectoryW(system, len(system))
            if not system.value:
                raise OSError("Windows does not tell its system folder")
            file = os.path.join(system.value, path if "." in path else f"{path}.dll")
        return path, declare(NativeLibrary(file, winmode=winmode)), is_windows_own
    except AttributeError as error:
        raise LibraryLoadError(f"{path} is not an SSPI library: {error}") from error
    except (OSError, ValueError) as error:
        # Both dlopen() and PyPy begin with the path.
        reason = str(error).removeprefix(f"Cannot load library {path}: ").removeprefix(f"{path}: ")
        if sys.platform == "win32" and isinstance(error, FileNotFoundError):
            # ctypes advises to use the full path, even where that was given.
            reason = "the file, or a DLL that it needs, was not found"
        if not folder:
            reason += "; a bare name is looked up in the system's folders, not in the current one: "
            reason += f"write {os.path.join('.', path)} for a file there"
        raise LibraryLoadError(f"cannot load {path}: {reason}") from error


def default_path() -> str:
    """Return secur32.dll, or the file of sspi-rs that the wheels of sspilib bring."""
    if sys.platform == "win32":
        return "secur32.dll"
    remedy = (
        "install sspi-rs with python -m pip install sspilib (as sspi-pkginfo[portable] does) for "
        "CPython on macOS and on Linux with glibc 2.28 or later (x86-64 and arm64); elsewhere use "
        "a library of your own (--library, SspiLibrary) or a capture (--from, FakeSspi)"
    )
    if getattr(sys, "frozen", False):
        remedy = "this program was built without it; whoever built it can add the package sspilib"
    folder = _sspilib()
    if not folder:
        raise LibraryLoadError(f"no SSPI library here: {remedy}")
    for libraries in (f"{folder}.libs", os.path.join(folder, ".dylibs")):
        try:
            for name in sorted(os.listdir(libraries)):
                if name.startswith("libsspi") and name.endswith((".so", ".dylib")):
                    return os.path.join(libraries, name)
        except FileNotFoundError:
            continue
        except OSError as error:  # such as NotADirectoryError in an archive
            raise LibraryLoadError(
                f"cannot look for sspi-rs in {libraries}: {error.strerror}; "
                "install sspilib in a folder that can be read, not in an archive"
            ) from error
    raise LibraryLoadError(f"{folder} is not from a wheel and has no sspi-rs: {remedy}")


def _sspilib() -> str:
    """Return the folder of the package that `import sspilib` gives or would give, or nothing."""
    spec = getattr(sys.modules.get("sspilib"), "__spec__", None)
    # Not importlib.util.find_spec: it takes the lock of all imports, which of 40,000 interrupts 900
    # left held, on each Python.
    for finder in () if "sspilib" in sys.modules else sys.meta_path:
        find_spec = getattr(finder, "find_spec", None)
        try:
            spec = find_spec and find_spec("sspilib", None, None)
        except Exception as error:
            raise LibraryLoadError(f"cannot look for sspilib: {error}") from error
        if spec:
            break
    # A folder that only happens to be called so is a spec without an origin.
    paths = spec and spec.origin and spec.submodule_search_locations
    return paths[0] if paths else ""
