"""Which file is the native library, how it is loaded, and why it cannot be."""

import ctypes
import os
import sys

from ._errors import LibraryLoadError
from ._native import NativeLibrary, declare

LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR = 0x100
LOAD_LIBRARY_SEARCH_SYSTEM32 = 0x800
MAX_PATH = 260


def is_windows_own(path: str) -> bool:
    """Return whether this is a library of Windows itself: a bare name, which is in System32."""
    return sys.platform == "win32" and not os.path.dirname(path)


def load(path: str) -> tuple[str, NativeLibrary]:
    """Load a library. Return it with its path, which is absolute if it has a folder."""
    if not path:
        # On Linux an empty name would stand for the program itself.
        raise LibraryLoadError("the path of an SSPI library must not be empty")
    file = path
    try:
        winmode = LOAD_LIBRARY_SEARCH_SYSTEM32
        if os.path.dirname(path):
            path = file = os.path.abspath(path)
            winmode |= LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR
        elif sys.platform == "win32":
            # By its bare name Windows would take a library of that name that is loaded already.
            file = os.path.join(_system_directory(), path if "." in path else f"{path}.dll")
        return path, declare(NativeLibrary(file, winmode=winmode))
    except AttributeError as error:
        raise LibraryLoadError(f"{path} is not an SSPI library: {error}") from error
    except (OSError, ValueError) as error:
        raise LibraryLoadError(f"cannot load {path}: {_reason(error, path)}") from error


def default_path() -> str:
    """Return the default library: secur32.dll, or sspi-rs out of sspilib's wheel."""
    return "secur32.dll" if sys.platform == "win32" else _sspi_rs()


def _reason(error: Exception, path: str) -> str:
    if sys.platform == "win32" and isinstance(error, FileNotFoundError):
        # ctypes advises to use the full path, even where that was given.
        reason = "the file, or a DLL that it needs, was not found"
    else:
        # Both dlopen() and PyPy begin with the path.
        reason = str(error).removeprefix(f"Cannot load library {path}: ").removeprefix(f"{path}: ")
    if os.path.dirname(path):
        return reason
    return (
        f"{reason}; a bare name is looked up in the system's folders only: "
        f"write {os.path.join('.', path)} for a file in the current folder"
    )


def _system_directory() -> str:
    # This name is safe: Windows loads kernel32.dll into each process before anything else.
    query = NativeLibrary("kernel32.dll", winmode=LOAD_LIBRARY_SEARCH_SYSTEM32).GetSystemDirectoryW
    folder = ctypes.create_unicode_buffer(MAX_PATH)
    if not 0 < query(folder, MAX_PATH) < MAX_PATH:
        raise OSError("Windows does not tell its system folder")
    return folder.value


def _sspi_rs() -> str:
    """Return the file of sspi-rs that the wheels of `sspilib` keep beside or in the package."""
    # Imported here because it is only needed once, and not on Windows.
    from importlib.util import find_spec

    try:
        spec = find_spec("sspilib")
    except Exception as error:
        raise LibraryLoadError(f"cannot look for sspilib: {error}") from error
    # A folder that only happens to be called so is a spec without an origin.
    if not spec or not spec.origin or not spec.submodule_search_locations:
        raise LibraryLoadError(f"no SSPI library here: {_remedy()}")
    folder = spec.submodule_search_locations[0]
    for libraries in (f"{folder}.libs", os.path.join(folder, ".dylibs")):
        try:
            names = sorted(os.listdir(libraries))
        except FileNotFoundError:
            continue
        except OSError as error:  # such as NotADirectoryError in an archive
            raise LibraryLoadError(
                f"cannot look for sspi-rs in {libraries}: {error.strerror}; "
                "install sspilib in a folder that can be read, not in an archive"
            ) from error
        for name in names:
            if name.startswith("libsspi") and name.endswith((".so", ".dylib")):
                return os.path.join(libraries, name)
    raise LibraryLoadError(f"{folder} is not from a wheel and has no sspi-rs: {_remedy()}")


def _remedy() -> str:
    if getattr(sys, "frozen", False):
        return "this program was built without it; whoever built it can add the package sspilib"
    return (
        'install sspi-rs with python -m pip install "sspi-pkginfo[portable]" on macOS and on Linux '
        "with glibc 2.28 or later (x86-64 and arm64); elsewhere use a library of your own "
        "(--library, SspiLibrary) or a capture (--from, FakeSspi)"
    )
