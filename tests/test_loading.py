"""`SspiLibrary(path)`: what is loaded, from where, and what is said when that fails."""

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary, _find

SYSTEM32 = 0x800
DLL_LOAD_DIR = 0x100


def test_a_bare_name_is_searched_for_in_system32_only() -> None:
    assert _find.search("secur32.dll") == ("secur32.dll", SYSTEM32)


def test_a_path_is_taken_as_it_stands_with_its_own_folder(tmp_path: Path) -> None:
    path = str(tmp_path / "sspi.dll")
    assert _find.search(path) == (path, DLL_LOAD_DIR | SYSTEM32)


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path, _ = _find.search(os.path.join(".", "sspi.dll"))
    assert path == str(tmp_path / "sspi.dll")


@pytest.mark.parametrize("path", ["no-such-library.dll", "\0", "\ud800", "/"])
def test_a_library_that_cannot_be_loaded_is_a_load_error(path: str) -> None:
    with pytest.raises(LibraryLoadError) as caught:
        SspiLibrary(path)
    assert caught.value.__cause__ is not None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows words it in the user's language")
def test_the_error_names_the_library_once_and_says_why() -> None:
    with pytest.raises(LibraryLoadError) as caught:
        SspiLibrary("no-such-library.so")
    assert str(caught.value) == (
        "cannot load no-such-library.so: cannot open shared object file: No such file or directory"
    )


def test_an_empty_path_is_a_load_error() -> None:
    with pytest.raises(LibraryLoadError, match=r"^the path of an SSPI library must not be empty$"):
        SspiLibrary("")


@pytest.mark.parametrize("path", [None, 1, ["secur32.dll"]])
def test_a_path_of_another_type_is_a_type_error(path: object) -> None:
    with pytest.raises(TypeError):
        SspiLibrary(path)  # type: ignore[arg-type]


def test_a_file_that_is_no_library_is_a_load_error(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a library")
    with pytest.raises(LibraryLoadError, match=r"cannot load .*notes\.txt"):
        SspiLibrary(file)


def test_a_library_without_the_functions_is_a_load_error_that_names_the_first() -> None:
    name = "kernel32.dll" if sys.platform == "win32" else "libc.so.6"
    with pytest.raises(
        LibraryLoadError, match=r"is not an SSPI library.*EnumerateSecurityPackagesW"
    ):
        SspiLibrary(name)


def test_takes_a_path_object_or_bytes(faulty_path: Path) -> None:
    assert SspiLibrary(faulty_path).path == str(faulty_path)
    assert SspiLibrary(os.fsencode(faulty_path)).path == str(faulty_path)  # type: ignore[arg-type]


def test_the_path_is_read_only(native: SspiLibrary) -> None:
    with pytest.raises(AttributeError):
        native.path = "other"  # type: ignore[misc]


def test_is_described_by_its_path(native: SspiLibrary) -> None:
    assert repr(native) == f"SspiLibrary({native.path!r})"


class Subclass(SspiLibrary):
    note = ""


class SlottedSubclass(SspiLibrary):
    __slots__ = ("note",)

    def __init__(self, *, path: str) -> None:
        super().__init__(path)


def test_is_pickled_by_its_path(native: SspiLibrary) -> None:
    clone = pickle.loads(pickle.dumps(native))
    assert type(clone) is SspiLibrary
    assert clone.path == native.path
    assert clone.enumerate_packages() == native.enumerate_packages()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_subclass_is_pickled_with_its_attributes(native: SspiLibrary, protocol: int) -> None:
    for library in Subclass(native.path), SlottedSubclass(path=native.path):
        library.note = "kept"
        clone = pickle.loads(pickle.dumps(library, protocol))
        assert (type(clone), clone.path, clone.note) == (type(library), native.path, "kept")
        assert clone.enumerate_packages() == native.enumerate_packages()


def test_is_copied_by_its_path(native: SspiLibrary) -> None:
    for clone in copy.copy(native), copy.deepcopy(native):
        assert clone.path == native.path
        assert clone.enumerate_packages() == native.enumerate_packages()


def test_a_subclass_answers_as_the_library_does(native: SspiLibrary) -> None:
    library = Subclass(native.path)
    packages = native.enumerate_packages()
    assert library.enumerate_packages() == packages
    assert library.query_package(packages[0].name.upper()) == packages[0]
    assert repr(library) == f"Subclass({native.path!r})"


NO_ENVIRONMENT = """
import ctypes, dataclasses, enum, os  # what these ask of the environment is theirs
class Untouchable:
    def __getattr__(self, name):
        raise AssertionError(f"os.environ.{name}")
    __getitem__ = __contains__ = __iter__ = __getattr__
os.environ, os.getenv = Untouchable(), None
import sspi_pkginfo
print(sspi_pkginfo.query_max_token("NTLM"))
"""


def test_no_environment_variable_is_asked_for_a_library(default_library: SspiLibrary) -> None:
    run = subprocess.run(
        [sys.executable, "-c", NO_ENVIRONMENT], capture_output=True, text=True, check=True
    )
    assert int(run.stdout) == sspi_pkginfo.query_max_token("NTLM")
