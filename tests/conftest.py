"""The libraries that the specification is run over, each a real one where this machine has it."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings
from native import FaultyLibrary, compile_library

from sspi_pkginfo import LibraryLoadError, SspiLibrary
from sspi_pkginfo.testing import FakeSspi

# Else hypothesis fails a test that took longer than 200 ms, as any may on a busy machine.
settings.register_profile("default", deadline=None)

DATA = Path(__file__).parent / "data"
CAPTURES = sorted(DATA.glob("windows-*.json"))


def missing(what: str, remedy: str) -> NoReturn:
    """Skip a test for want of something; in CI, where everything is installed, fail it."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: {remedy}")
    pytest.skip(f"{what} is missing: {remedy}")


def sspi_rs() -> Iterator[SspiLibrary]:
    from sspi_pkginfo import _portable

    paths = [*_portable._sspi_rs()]
    if not paths:
        missing("sspi-rs", 'pip install "sspi-pkginfo[portable]"')
    yield SspiLibrary(paths[0])


def winpr() -> Iterator[SspiLibrary]:
    for name in ("libwinpr3.so.3", "libwinpr2.so.2"):
        try:
            library = SspiLibrary(name)
        except LibraryLoadError:
            continue
        yield library
        return
    missing("WinPR", "apt-get install libwinpr3-3 or libwinpr2-2")


def secur32() -> Iterator[SspiLibrary]:
    yield SspiLibrary("secur32.dll")


def sspicli() -> Iterator[SspiLibrary]:
    """What secur32.dll forwards to: the same answers, through the guard for other libraries."""
    yield SspiLibrary("sspicli.dll")


def fake() -> Iterator[SspiLibrary]:
    with FakeSspi.from_json(DATA / "windows-10.json") as fake:
        yield fake.library


LIBRARIES: dict[str, Callable[[], Iterator[SspiLibrary]]] = (
    {"secur32.dll": secur32, "sspicli.dll": sspicli, "FakeSspi": fake}
    if sys.platform == "win32"
    else {"sspi-rs": sspi_rs, "WinPR": winpr, "FakeSspi": fake}
)


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Iterator[SspiLibrary]:
    yield from LIBRARIES[request.param]()


@pytest.fixture(scope="session", params=["guarded", "called as secur32.dll"])
def faulty_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library with faults, to be behind the guard for other libraries, and without it."""
    folder = tmp_path_factory.mktemp("native")
    try:
        path = compile_library("faults.c", folder)
    except FileNotFoundError as error:
        missing("the library with faults", str(error))
    if request.param == "called as secur32.dll":
        path = Path(shutil.copy(path, folder / "secur32.dll"))
    return path


@pytest.fixture
def faulty(faulty_path: Path) -> FaultyLibrary:
    return FaultyLibrary(faulty_path)
