import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before they are imported, so that their assertions too say what they compared.
if "support" not in sys.modules:  # mutmut runs pytest again in the same process
    pytest.register_assert_rewrite("support")

from support.libraries import LIBRARIES, SSPI_RS
from support.missing import missing
from support.native import FaultyLibrary, compile_library

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in the background so, and all that it starts would ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Any test may take longer than 200 ms on a busy machine; and a checkout need not be writable.
settings.register_profile("default", deadline=None, database=None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Let all tests that are skipped for one reason be one line."""
    for report in terminalreporter.stats.get("skipped", ()):
        *_, reason = report.longrepr
        report.longrepr = ("tests", None, reason)


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Iterator[SspiLibrary]:
    """Each native library that this machine has, and FakeSspi."""
    yield from LIBRARIES[request.param]()


@pytest.fixture(params=[name for name in LIBRARIES if name != "FakeSspi"])
def native(request: pytest.FixtureRequest) -> Iterator[SspiLibrary]:
    """Each native library that this machine has."""
    yield from LIBRARIES[request.param]()


@pytest.fixture
def default_library() -> SspiLibrary:
    """The default library, for what asks the real one."""
    try:
        return sspi_pkginfo.default_library()
    except LibraryLoadError:
        missing(*SSPI_RS)


@pytest.fixture(scope="session")
def faulty_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_library("faults.c", tmp_path_factory.mktemp("native"))


@pytest.fixture(params=["guarded", "called as Windows' own"])
def faulty(faulty_path: Path, request: pytest.FixtureRequest) -> FaultyLibrary:
    """The library with faults, behind the guard for other libraries and without it."""
    return FaultyLibrary(faulty_path, guarded=request.param == "guarded")
