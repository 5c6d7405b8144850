"""Which native library is loaded, from where, and what is said when that fails."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from native import compile_library

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary, _library, _native, _portable, _windows

SYSTEM32 = 0x800
DLL_LOAD_DIR = 0x100

off_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has secur32.dll")


def test_a_bare_name_is_searched_for_in_system32_only() -> None:
    assert _windows.dll_search("secur32.dll") == ("secur32.dll", SYSTEM32)


def test_a_path_is_taken_as_it_stands_with_its_own_folder(tmp_path: Path) -> None:
    path = str(tmp_path / "sspi.dll")
    assert _windows.dll_search(path) == (path, DLL_LOAD_DIR | SYSTEM32)


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path, _ = _windows.dll_search(os.path.join(".", "sspi.dll"))
    assert path == str(tmp_path / "sspi.dll")


@pytest.mark.parametrize("path", ["secur32.dll", "SECUR32.DLL", os.path.join("x", "Secur32.dll")])
def test_knows_secur32_by_its_name(path: str) -> None:
    assert _windows.is_secur32(path)
    assert not _windows.is_secur32(path + ".so")


@pytest.mark.parametrize("path", ["no-such-library.dll", "\0", "\ud800", "/"])
def test_a_library_that_cannot_be_loaded_is_a_load_error(path: str) -> None:
    with pytest.raises(LibraryLoadError) as caught:
        SspiLibrary(path)
    assert caught.value.__cause__ is not None


def test_an_empty_path_is_a_load_error() -> None:
    with pytest.raises(LibraryLoadError, match=r"^the path of an SSPI library cannot be empty$"):
        SspiLibrary("")


@pytest.mark.parametrize("path", [None, 1, ["secur32.dll"]])
def test_a_path_that_is_no_path_is_a_type_error(path: object) -> None:
    with pytest.raises(TypeError):
        SspiLibrary(path)  # type: ignore[arg-type]


def test_a_file_that_is_no_library_is_a_load_error(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a library")
    with pytest.raises(LibraryLoadError, match=r"cannot load .*notes\.txt"):
        SspiLibrary(file)


def test_a_library_without_the_functions_is_a_load_error() -> None:
    name = "kernel32.dll" if sys.platform == "win32" else "libc.so.6"
    with pytest.raises(LibraryLoadError, match="EnumerateSecurityPackagesW"):
        SspiLibrary(name)


def test_takes_a_path_object(tmp_path: Path) -> None:
    library = compile_library("faults.c", tmp_path)
    assert SspiLibrary(library).path == str(library)


@off_windows
def test_says_what_to_install_where_there_is_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(_portable, "WINPR", ("libwinpr-none.so.9",))
    monkeypatch.setattr(_library, "_default", None)
    with pytest.raises(LibraryLoadError, match=r"pip install .*portable.*libwinpr3-3") as caught:
        sspi_pkginfo.enumerate_packages()
    assert str(caught.value) == (
        'no SSPI library here: install sspi-rs (pip install "sspi-pkginfo[portable]") '
        "or WinPR (Debian: libwinpr3-3 or libwinpr2-2)"
    )
    assert "libwinpr-none.so.9" in caught.value.__notes__[0]


@off_windows
def test_winpr_is_next_where_sspilib_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert _portable.find().path in _portable.WINPR


@off_windows
@pytest.mark.parametrize("file", ["sspilib.libs/libsspi-0.so", "sspilib/.dylibs/libsspi.dylib"])
def test_an_sspi_rs_that_cannot_be_loaded_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str
) -> None:
    broken = tmp_path / file
    broken.parent.mkdir(parents=True)
    broken.write_text("not a library")
    (broken.parent / "libother.so").write_text("not asked")
    (tmp_path / "sspilib").mkdir(exist_ok=True)
    (tmp_path / "sspilib" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert [*_portable._sspi_rs()] == [str(broken)]
    assert _portable.find().path in _portable.WINPR


def test_the_default_library_is_found_once_by_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_library, "_default", None)
    loads = []
    load = _native.load
    monkeypatch.setattr(_native, "load", lambda *args: loads.append(args) or load(*args))
    start = threading.Barrier(16)
    found = []

    def first_use() -> None:
        start.wait()
        found.append(sspi_pkginfo.default_library())

    threads = [threading.Thread(target=first_use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert len({id(library) for library in found}) == 1
    assert len(loads) == 1


@pytest.mark.parametrize(
    "first_use",
    [
        sspi_pkginfo.enumerate_packages,
        lambda: sspi_pkginfo.query_package("NTLM"),
        lambda: sspi_pkginfo.query_max_token("NTLM"),
    ],
    ids=["enumerate_packages", "query_package", "query_max_token"],
)
def test_each_function_finds_the_default_library_at_its_first_use(
    monkeypatch: pytest.MonkeyPatch, first_use: Callable[[], object]
) -> None:
    monkeypatch.setattr(_library, "_default", None)
    assert first_use()


def test_objects_that_stand_for_one_portable_library_share_its_lock(tmp_path: Path) -> None:
    path = compile_library("faults.c", tmp_path)
    one, other = SspiLibrary(path), SspiLibrary(path)
    assert isinstance(one, _portable.PortableLibrary)
    assert isinstance(other, _portable.PortableLibrary)
    assert one._lock is other._lock


@off_windows
def test_no_portable_library_waits_for_another(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one = SspiLibrary(compile_library("faults.c", tmp_path))
    other = SspiLibrary(shutil.copy(one.path, tmp_path / "other"))
    assert isinstance(one, _portable.PortableLibrary)
    assert isinstance(other, _portable.PortableLibrary)
    assert one._lock is not other._lock


NO_ENVIRONMENT = """
import os
class Untouchable:
    def __getattr__(self, name):
        raise AssertionError(f"os.environ.{name}")
    __getitem__ = __contains__ = __iter__ = __getattr__
os.environ, os.getenv = Untouchable(), None
import sspi_pkginfo
print(sspi_pkginfo.query_max_token("NTLM"))
"""


def test_no_environment_variable_is_asked_for_a_library() -> None:
    run = subprocess.run(
        [sys.executable, "-c", NO_ENVIRONMENT], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) == sspi_pkginfo.query_max_token("NTLM")
