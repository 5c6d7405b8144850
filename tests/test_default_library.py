"""`default_library()`: where it is found, that it is one object, and what is said without one."""

import importlib.machinery
import os
import signal
import sys
import threading
import types
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.native import interrupt

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary, _find, _library, _native, default_library

on_windows = pytest.mark.skipif(sys.platform != "win32", reason="for secur32.dll, on Windows")
off_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has secur32.dll")


@pytest.fixture
def unused(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """As in a process that has not used the library yet, nor imported sspilib."""
    monkeypatch.setattr(_library, "_system", None)
    monkeypatch.setattr(_library, "_found", {})
    monkeypatch.setitem(sys.modules, "sspilib", None)
    del sys.modules["sspilib"]
    return monkeypatch


@on_windows
def test_is_secur32_on_windows() -> None:
    assert default_library().path == "secur32.dll"
    assert type(default_library()) is SspiLibrary


@off_windows
def test_is_secur32_and_nothing_else_where_this_is_windows(unused: pytest.MonkeyPatch) -> None:
    unused.setattr(sys, "platform", "win32")
    with pytest.raises(LibraryLoadError, match=r"^cannot load secur32\.dll: "):
        default_library()


@off_windows
def test_is_sspi_rs_elsewhere(default_library: SspiLibrary) -> None:
    assert os.path.basename(default_library.path).startswith("libsspi")


def test_is_the_library_of_the_modules_functions(default_library: SspiLibrary) -> None:
    assert sspi_pkginfo.enumerate_packages() == default_library.enumerate_packages()
    assert sspi_pkginfo.query_package("ntlm") == default_library.query_package("NTLM")
    assert sspi_pkginfo.query_max_token("ntlm") == default_library.query_max_token("NTLM")


@pytest.mark.parametrize(
    "first_use",
    [
        sspi_pkginfo.default_library,
        sspi_pkginfo.enumerate_packages,
        lambda: sspi_pkginfo.query_package("NTLM"),
        lambda: sspi_pkginfo.query_max_token("NTLM"),
    ],
    ids=["default_library", "enumerate_packages", "query_package", "query_max_token"],
)
def test_each_function_finds_it_at_the_first_use(
    default_library: SspiLibrary, unused: pytest.MonkeyPatch, first_use: Callable[[], object]
) -> None:
    assert first_use()


def test_threads_that_use_it_first_all_get_one_object(
    default_library: SspiLibrary, unused: pytest.MonkeyPatch
) -> None:
    found: list[SspiLibrary] = []
    load, together = _native.load, threading.Barrier(16)

    def load_together(path: str, winmode: int) -> _native.NativeLibrary:
        together.wait()
        return load(path, winmode)

    unused.setattr(_native, "load", load_together)

    def first_use() -> None:
        found.append(sspi_pkginfo.default_library())

    threads = [threading.Thread(target=first_use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [library is found[0] for library in found] == [True] * 16
    assert sspi_pkginfo.default_library() is found[0]


class Interrupt(BaseException):
    pass


def test_an_interrupted_first_use_keeps_no_other_thread_waiting(
    default_library: SspiLibrary, unused: pytest.MonkeyPatch
) -> None:
    def raise_interrupt(_signal: int, _frame: object) -> None:
        raise Interrupt

    load = _native.load

    def interrupted(path: str, winmode: int) -> _native.NativeLibrary:
        interrupt()
        return load(path, winmode)

    before = signal.signal(signal.SIGINT, raise_interrupt)
    try:
        with unused.context() as patch:
            patch.setattr(_native, "load", interrupted)
            with pytest.raises(Interrupt):
                sspi_pkginfo.default_library()
    finally:
        signal.signal(signal.SIGINT, before)
    found: list[SspiLibrary] = []
    other = threading.Thread(target=lambda: found.append(sspi_pkginfo.default_library()))
    other.start()
    other.join(timeout=30)
    assert found == [sspi_pkginfo.default_library()]


# Where there is no Windows: sspi-rs, in sspilib as `import sspilib` would find it


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
    unused.setattr(sys, "meta_path", [object(), EditableFinder, importlib.machinery.PathFinder])
    assert default_library().path.startswith(str(tmp_path))


@off_windows
def test_a_folder_that_is_only_called_sspilib_is_not_looked_into(
    unused: pytest.MonkeyPatch, faulty_path: Path, tmp_path: Path
) -> None:
    make_sspilib(tmp_path, str(faulty_path))
    (tmp_path / "sspilib" / "__init__.py").unlink()
    unused.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(LibraryLoadError, match=r"^no SSPI library here"):
        default_library()


@off_windows
@pytest.mark.parametrize(
    "attributes",
    [{}, {"__file__": "sspilib.py"}, {"__path__": ["sspilib"]}],
    ids=["bare", "a file", "a folder"],
)
def test_a_module_that_is_only_called_sspilib_is_not_looked_into(
    unused: pytest.MonkeyPatch, attributes: dict[str, object]
) -> None:
    module = types.ModuleType("sspilib")
    vars(module).update(attributes)
    unused.setitem(sys.modules, "sspilib", module)
    with pytest.raises(LibraryLoadError, match=r"^no SSPI library here"):
        default_library()


@off_windows
def test_the_error_without_sspilib_says_what_to_install_and_nothing_else_answers(
    unused: pytest.MonkeyPatch,
) -> None:
    unused.setattr(sys, "path", [])
    with pytest.raises(LibraryLoadError) as caught:
        sspi_pkginfo.enumerate_packages()
    assert str(caught.value) == (
        'no SSPI library here: install sspi-rs with python -m pip install "sspi-pkginfo[portable]"'
    )


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
    with pytest.raises(LibraryLoadError, match=message) as caught:
        default_library()
    assert type(caught.value.__cause__) is ImportError


@off_windows
def test_an_sspilib_without_sspi_rs_is_an_error_that_says_so(
    unused: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_sspilib(tmp_path, None)
    unused.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(LibraryLoadError) as caught:
        default_library()
    assert str(caught.value) == (
        f"sspilib is installed in {tmp_path / 'sspilib'}, but sspi-rs is not beside it: install "
        "its wheel with python -m pip install --force-reinstall --only-binary sspilib sspilib"
    )


@off_windows
def test_an_sspi_rs_that_cannot_be_loaded_is_an_error_that_says_why(
    unused: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "not-a-library"
    broken.write_text("not a library")
    make_sspilib(tmp_path, str(broken))
    unused.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(LibraryLoadError, match=r"^cannot load .*libsspi-0\.so: file too short$"):
        default_library()


@off_windows
def test_an_sspilib_in_an_archive_is_an_error_that_says_why(
    unused: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("sspilib/__init__.py", "")
    unused.setattr(sys, "path", [str(archive)])
    with pytest.raises(LibraryLoadError, match=r"^cannot look for sspi-rs in .*: Not a directory"):
        default_library()


@off_windows
def test_a_folder_that_cannot_be_read_is_an_error_that_says_why(
    unused: pytest.MonkeyPatch, faulty_path: Path, tmp_path: Path
) -> None:
    make_sspilib(tmp_path, str(faulty_path))

    def refuse(path: str) -> list[str]:  # root may read every folder
        raise PermissionError(13, "Permission denied", path)

    unused.setattr(sys, "path", [str(tmp_path)])
    unused.setattr(_find.os, "listdir", refuse)
    with pytest.raises(LibraryLoadError, match=r"sspilib\.libs: Permission denied$"):
        default_library()
