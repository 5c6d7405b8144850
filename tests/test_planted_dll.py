"""A `secur32.dll` that somebody planted beside `python.exe`: ctypes loads it, this library never.

It leaves a mark when it is loaded. The first test is the control: were it to fail, then the others
would prove nothing. Wine looks for a native `secur32.dll`, as Windows does, only if it was started
with WINEDLLOVERRIDES=secur32=n,b: it does not take that from the environment of a child process.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.native import compile_library

import sspi_pkginfo

pytestmark = pytest.mark.skipif(sys.platform != "win32", reason="for secur32.dll, on Windows")

LoadsIt = Callable[..., bool]


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
def loads_it(python_beside_it: Path, tmp_path: Path) -> LoadsIt:
    mark = tmp_path / "mark"
    environment = os.environ | {
        "PLANTED_MARK": str(mark),
        "PYTHONHOME": sys.base_prefix,
        "PYTHONPATH": str(Path(sspi_pkginfo.__file__).parent.parent),
    }

    def run(*arguments: str) -> bool:
        done = subprocess.run(
            [python_beside_it, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, done.stderr
        return mark.exists()

    return run


def test_plain_ctypes_loads_the_planted_dll(loads_it: LoadsIt) -> None:
    assert loads_it("-c", "import ctypes; ctypes.WinDLL('secur32.dll')")


@pytest.mark.parametrize(
    "library",
    ["default_library()", "SspiLibrary('secur32.dll')", "SspiLibrary('SECUR32')"],
)
def test_this_library_does_not_load_it(loads_it: LoadsIt, library: str) -> None:
    program = f"from sspi_pkginfo import *; print({library}.query_max_token('NTLM'))"
    assert not loads_it("-c", program)


@pytest.mark.parametrize("library", [[], ["--library", "secur32.dll"]], ids=["default", "named"])
def test_the_command_does_not_load_it(loads_it: LoadsIt, library: list[str]) -> None:
    assert not loads_it("-m", "sspi_pkginfo", *library)
