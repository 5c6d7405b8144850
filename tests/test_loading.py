"""`SspiLibrary(path)`: what is loaded, from where, and what is said when that fails."""

import _ctypes
import copy
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.core import has_the_guard
from support.missing import missing
from support.process import run

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary

OTHER = os.path.join(".", "other.dll")


def test_a_path_is_absolute_so_that_a_copy_made_elsewhere_is_the_same_library(
    faulty_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(faulty_path, tmp_path / "other.dll")
    monkeypatch.chdir(tmp_path)
    library = SspiLibrary(OTHER)
    monkeypatch.chdir(tmp_path.parent)
    for clone in (library, copy.copy(library), pickle.loads(pickle.dumps(library))):
        assert clone.path == str(tmp_path / "other.dll")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows takes link/.. for the link's folder")
def test_a_path_through_a_link_is_the_file_that_the_system_finds_there(
    faulty_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "sub")
    shutil.copy(faulty_path, tmp_path / "real" / "other.dll")
    (tmp_path / "other.dll").touch()
    monkeypatch.chdir(tmp_path)
    library = SspiLibrary(os.path.join("link", "..", "other.dll"))
    assert os.path.isabs(library.path)
    assert os.path.samefile(library.path, tmp_path / "real" / "other.dll")


def test_a_bare_name_is_not_looked_up_in_the_current_folder(
    faulty_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(faulty_path, tmp_path / "other.dll")
    monkeypatch.chdir(tmp_path)
    assert has_the_guard(SspiLibrary(OTHER))
    with pytest.raises(LibraryLoadError) as caught:
        SspiLibrary("other.dll")
    assert str(caught.value).startswith("cannot load other.dll: ")
    assert str(caught.value).endswith(
        "; a bare name is looked up in the system's folders, not in the current one: "
        f"write {OTHER} for a file there"
    )


@pytest.mark.parametrize("path", ["no-such-library.dll", OTHER, "\0", "\ud800", "/", __file__])
def test_a_library_that_cannot_be_loaded_is_a_load_error(path: str) -> None:
    with pytest.raises(LibraryLoadError) as caught:
        SspiLibrary(path)
    assert caught.value.__cause__ is not None
    assert str(caught.value).startswith("cannot load ")
    reason = str(caught.value.__cause__).rpartition(": ")[2]
    assert reason in str(caught.value) or sys.platform == "win32"
    assert "full path" not in str(caught.value), "ctypes' advice, followed already"
    if path == OTHER:
        assert str(caught.value).count(os.path.abspath(path)) == 1


def test_an_empty_path_is_a_load_error() -> None:
    with pytest.raises(LibraryLoadError, match=r"^the path of an SSPI library must not be empty$"):
        SspiLibrary("")


@pytest.mark.parametrize("path", [None, 1, ["secur32.dll"]])
def test_a_path_of_another_type_is_a_type_error(path: object) -> None:
    with pytest.raises(TypeError):
        SspiLibrary(path)  # type: ignore[arg-type]


def test_a_library_without_the_functions_is_a_load_error_that_names_the_first() -> None:
    other = getattr(_ctypes, "__file__", None) or missing("_ctypes.so", "a Python that has it")
    with pytest.raises(
        LibraryLoadError, match=r"is not an SSPI library.*EnumerateSecurityPackagesW"
    ):
        SspiLibrary(other)


def test_takes_a_path_object_or_bytes(faulty_path: Path) -> None:
    assert SspiLibrary(faulty_path).path == str(faulty_path)
    assert SspiLibrary(os.fsencode(faulty_path)).path == str(faulty_path)  # type: ignore[arg-type]


def test_the_path_is_read_only(native: SspiLibrary) -> None:
    with pytest.raises(AttributeError):
        native.path = "other"  # type: ignore[misc]


class Subclass(SspiLibrary):
    note = ""


def through_pickle(protocol: int) -> Callable[[Any], Any]:
    return lambda library: pickle.loads(pickle.dumps(library, protocol))


@pytest.mark.parametrize("kind", [SspiLibrary, Subclass])
@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, *map(through_pickle, range(pickle.HIGHEST_PROTOCOL + 1))],
)
def test_is_copied_and_pickled_by_its_path_with_the_attributes_of_a_subclass(
    native: SspiLibrary, kind: type[SspiLibrary], copied: Callable[[Any], Any]
) -> None:
    library = kind(native.path)
    if isinstance(library, Subclass):
        library.note = "kept"
    clone = copied(library)
    assert (type(clone), clone.path) == (kind, native.path)
    assert getattr(clone, "note", None) == getattr(library, "note", None)
    assert clone.enumerate_packages() == native.enumerate_packages()


@pytest.mark.parametrize("kind", [SspiLibrary, Subclass])
def test_a_library_and_a_subclass_are_described_and_answer_alike(
    native: SspiLibrary, kind: type[SspiLibrary]
) -> None:
    library = kind(native.path)
    packages = native.enumerate_packages()
    assert library.enumerate_packages() == packages
    assert library.query_package(packages[0].name.upper()) == packages[0]
    assert repr(library) == f"{kind.__name__}({native.path!r})"


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
    answer = run(sys.executable, "-c", NO_ENVIRONMENT).stdout
    assert int(answer) == sspi_pkginfo.query_max_token("NTLM")
