"""The libraries that the specification is run over, each a real one where this machine has it."""

import sys
from collections.abc import Callable, Iterator

from sspi_pkginfo import LibraryLoadError, SspiLibrary, default_library
from sspi_pkginfo.testing import FakeSspi

from .missing import missing
from .paths import DATA

SSPI_RS = ("sspi-rs", "python -m pip install sspilib, where it has a wheel")


def sspi_rs() -> Iterator[SspiLibrary]:
    try:
        yield SspiLibrary(default_library().path)
    except LibraryLoadError:
        missing(*SSPI_RS)


def winpr() -> Iterator[SspiLibrary]:
    try:
        yield SspiLibrary("libwinpr2.so.2")
    except LibraryLoadError:
        missing("WinPR 2", "only systems of Debian 12's age have it, as libwinpr2-2")


def secur32() -> Iterator[SspiLibrary]:
    yield SspiLibrary("secur32.dll")


def secur32_by_its_path() -> Iterator[SspiLibrary]:
    """The same answers, through the guard for other libraries."""
    yield SspiLibrary(r"C:\Windows\System32\secur32.dll")


def fake() -> Iterator[SspiLibrary]:
    with FakeSspi.from_json(DATA / "windows-10.json") as fake:
        yield fake.library


LIBRARIES: dict[str, Callable[[], Iterator[SspiLibrary]]] = (
    {"secur32.dll": secur32, "secur32.dll by its path": secur32_by_its_path, "FakeSspi": fake}
    if sys.platform == "win32"
    else {"sspi-rs": sspi_rs, "WinPR": winpr, "FakeSspi": fake}
)
