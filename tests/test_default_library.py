"""`default_library()`: where it is found, that it is one object, and what is said without one."""

import importlib.machinery
import os
import sys
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.core import before_each_load, forget_the_default_library

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary, default_library

on_windows = pytest.mark.skipif(sys.platform != "win32", reason="for secur32.dll, on Windows")
off_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has secur32.dll")


@pytest.fixture
def unused(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As in a process that has not used the library yet, nor imported sspilib."""
    forget_the_default_library(monkeypatch)
    monkeypatch.setitem(sys.modules, "sspilib", None)
    del sys.modules["sspilib"]
    return monkeypatch


@on_windows
def test_is_secur32_on_windows() -> None:
    assert default_library().path == "secur32.dll"
    assert type(default_library()) is SspiLibrary


@off_windows
def test_is_sspi_rs_elsewhere(default_library: SspiLibrary) -> None:
    assert os.path.basename(default_library.path).startswith("libsspi")


@pytest.mark.parametrize(
    ("call", "arguments"),
    [("enumerate_packages", []), ("query_package", ["ntlm"]), ("query_max_token", ["ntlm"])],
)
def test_each_function_of_the_module_finds_it_at_the_first_use(
    default_library: SspiLibrary, unused: pytest.MonkeyPatch, call: str, arguments: list[str]
) -> None:
    answer = getattr(sspi_pkginfo, call)(*arguments)
    assert answer == getattr(default_library, call)(*arguments)


def test_threads_that_use_it_first_all_get_one_object(
    default_library: SspiLibrary, unused: pytest.MonkeyPatch
) -> None:
    # With a time limit, because with a lock around the search they would not all come here.
    together = threading.Barrier(16, timeout=30)
    before_each_load(unused, together.wait)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: sspi_pkginfo.default_library(), range(16)))
    assert {id(library) for library in found} == {id(sspi_pkginfo.default_library())}


# Where there is no Windows: sspi-rs, in sspilib as `import sspilib` would find it


REMEDY = (
    "install sspi-rs with python -m pip install sspilib (as sspi-pkginfo[portable] does) for "
    "CPython on macOS and on Linux with glibc 2.28 or later (x86-64 and arm64); elsewhere use "
    "a library of your own (--library, SspiLibrary) or a capture (--from, FakeSspi)"
)


def make_sspilib(
    folder: Path, library: str | None, file: str = "sspilib.libs/libsspi-0.so"
) -> None:
    """Lay sspilib out in that folder, around a copy of a library."""
    (folder / "sspilib").mkdir(parents=True)
    (folder / "sspilib" / "__init__.py").touch()
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).with_name("libother.so").write_text("not asked")
    if library:
        (folder / file).symlink_to(library)


@off_windows
@pytest.mark.parametrize("file", ["sspilib.libs/libsspi-0.so", "sspilib/.dylibs/libsspi.dylib"])
def test_sspi_rs_is_found_beside_and_in_the_package(
    unused: pytest.MonkeyPatch, faulty_path: Path, tmp_path: Path, file: str
) -> None:
    make_sspilib(tmp_path, str(faulty_path), file)
    unused.setattr(sys, "path", [str(tmp_path)])
    assert default_library().path == str(tmp_path / file)


@off_windows
def test_sspi_rs_is_found_in_an_sspilib_that_is_imported_already(
    unused: pytest.MonkeyPatch, faulty_path: Path, tmp_path: Path
) -> None:
    make_sspilib(tmp_path, str(faulty_path))
    unused.syspath_prepend(tmp_path)
    import sspilib

    assert sspilib.__file__ == str(tmp_path / "sspilib" / "__init__.py")
    unused.setattr(sys, "path", [])
    assert default_library().path.startswith(str(tmp_path))


@off_windows
def test_sspi_rs_is_found_in_an_editable_sspilib(
    unused: pytest.MonkeyPatch, faulty_path: Path, tmp_path: Path
) -> None:
    make_sspilib(tmp_path, str(faulty_path))

    class EditableFinder:
        @staticmethod
        def find_spec(
            name: str, path: object, target: object = None
        ) -> importlib.machinery.ModuleSpec | None:
            return importlib.machinery.PathFinder.find_spec(name, [str(tmp_path)])

    unused.setattr(sys, "path", [])
    unused.setattr(sys, "meta_path", [EditableFinder, importlib.machinery.PathFinder])
    assert default_library().path.startswith(str(tmp_path))


def only_called_so(folder: Path) -> None:
    make_sspilib(folder, None)
    (folder / "sspilib" / "__init__.py").unlink()


def in_an_archive(folder: Path) -> None:
    with zipfile.ZipFile(folder / "packages.zip", "w") as file:
        file.writestr("sspilib/__init__.py", "")


def broken(folder: Path) -> None:
    (folder / "not-a-library").touch()
    make_sspilib(folder, str(folder / "not-a-library"))


@off_windows
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, f"no SSPI library here: {REMEDY}"),
        (only_called_so, f"no SSPI library here: {REMEDY}"),
        (lambda folder: (folder / "sspilib.py").touch(), f"no SSPI library here: {REMEDY}"),
        (
            lambda folder: make_sspilib(folder, None),
            f"sspilib is not from a wheel and has no sspi-rs: {REMEDY}",
        ),
        (in_an_archive, "packages.zip/sspilib.libs: Not a directory; install sspilib in a folder"),
        (broken, "cannot load "),
    ],
    ids=["nothing", "a folder", "a file", "without sspi-rs", "an archive", "broken"],
)
def test_the_error_without_sspi_rs_says_what_to_do_and_nothing_else_answers(
    unused: pytest.MonkeyPatch, tmp_path: Path, make: Callable[[Path], None], message: str
) -> None:
    make(tmp_path)
    unused.setattr(sys, "path", [str(tmp_path), str(tmp_path / "packages.zip")])
    with pytest.raises(LibraryLoadError) as caught:
        sspi_pkginfo.enumerate_packages()
    assert message in str(caught.value)


@off_windows
@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: make_sspilib(folder, None)])
def test_the_error_in_a_frozen_program_is_for_its_user(
    unused: pytest.MonkeyPatch, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path)
    unused.setattr(sys, "path", [str(tmp_path)])
    unused.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(LibraryLoadError, match="this program was built without it") as caught:
        default_library()
    assert "pip" not in str(caught.value)


@off_windows
def test_an_sspilib_that_cannot_be_looked_for_is_an_error_that_says_why(
    unused: pytest.MonkeyPatch,
) -> None:
    class Blocking:
        @staticmethod
        def find_spec(name: str, path: object, target: object) -> None:
            raise ImportError(f"{name} is not allowed here")

    unused.setattr(sys, "meta_path", [Blocking])
    message = "^cannot look for sspilib: sspilib is not allowed here$"
    with pytest.raises(LibraryLoadError, match=message):
        default_library()
