"""A `secur32.dll` that somebody planted beside `python.exe`, or loaded first: it never answers.

It says that NTLM's largest token has 7 bytes. Wine looks for a native `secur32.dll`, as Windows
does, only if it was started with WINEDLLOVERRIDES=secur32=n,b: it does not take that from the
environment of a child process.
"""

import importlib.util
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from support.missing import missing
from support.native import compile_library
from support.paths import environment
from support.process import run

from sspi_pkginfo import LibraryLoadError, SspiLibrary

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="for secur32.dll, on Windows")

Printed = Callable[..., str]


@pytest.fixture(scope="module")
def python_beside_it(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python")
    planted = compile_library("planted.c", tmp_path_factory.mktemp("native"))
    shutil.copy(planted, folder / "secur32.dll")
    # Windows looks beside the file that started the process, so that one has to be a copy; and in
    # a virtual environment sys.executable is but a launcher of the real one.
    python = Path(sys._base_executable)
    for file in (python, *python.parent.glob("python*.dll"), *python.parent.glob("vcruntime*.dll")):
        shutil.copy(file, folder)
    return folder / python.name


@pytest.fixture
def printed(python_beside_it: Path) -> Printed:
    """What a Python beside the planted DLL prints."""

    def run_it(*arguments: str) -> str:
        home = environment(PYTHONHOME=sys.base_prefix)
        return run(python_beside_it, *arguments, env=home).stdout

    return run_it


FIRST = {
    "by our own API": "SspiLibrary(PLANTED)",
    "by a path": "ctypes.WinDLL(PLANTED)",
    "by a name": "ctypes.WinDLL('secur32.dll')",
    "by sspilib": "import sspilib",
}
LOAD = """
import ctypes, os, sys
from sspi_pkginfo import SspiLibrary, default_library
PLANTED = os.path.join(os.path.dirname(sys.executable), "secur32.dll")
"""


@pytest.fixture(params=FIRST)
def loaded_first(request: pytest.FixtureRequest) -> str:
    """A program that loads the planted DLL."""
    if request.param == "by sspilib" and not importlib.util.find_spec("sspilib"):
        missing("sspilib", "python -m pip install sspilib")
    return f"{LOAD}{FIRST[request.param]}\n"


def test_ctypes_takes_a_bare_name_for_what_is_loaded_already(
    printed: Printed, loaded_first: str
) -> None:
    file_of = """
dll, path = ctypes.WinDLL("secur32.dll", winmode=0x800), ctypes.create_unicode_buffer(1000)
ctypes.windll.kernel32.GetModuleFileNameW(ctypes.c_void_p(dll._handle), path, 1000)
print(os.path.samefile(path.value, PLANTED))
"""
    assert printed("-c", loaded_first + file_of) == "True\n"


def test_one_that_is_loaded_already_answers_only_by_its_own_path(
    printed: Printed, loaded_first: str
) -> None:
    ask = """
for library in default_library(), SspiLibrary("secur32.dll"), SspiLibrary("SECUR32"):
    print(library.query_max_token("NTLM") == 7, end=" ")
print(SspiLibrary(PLANTED).query_max_token("NTLM") == 7)
"""
    assert printed("-c", loaded_first + ask) == "False False False True\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", f"{LOAD}print(default_library().query_max_token('NTLM'))"],
        ["-c", f"{LOAD}print(SspiLibrary('secur32.dll').query_max_token('NTLM'))"],
        ["-m", "sspi_pkginfo", "max-token", "NTLM"],
        ["-m", "sspi_pkginfo", "max-token", "NTLM", "--library", "secur32.dll"],
    ],
    ids=["default", "named", "command", "command, named"],
)
def test_one_beside_python_does_not_answer(printed: Printed, arguments: list[str]) -> None:
    assert int(printed(*arguments)) != 7


def test_where_windows_does_not_tell_its_folder_nothing_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kernel32 = mock.Mock()  # whose GetSystemDirectoryW writes nothing
    monkeypatch.setattr("sspi_pkginfo._load.NativeLibrary", kernel32)
    with pytest.raises(LibraryLoadError, match=r"^cannot load secur32\.dll: Windows does not tell"):
        SspiLibrary("secur32.dll")
