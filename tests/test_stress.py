"""The long ones, for `tox -e stress`: storms, soaks, threads, and a memory checker."""

import json
import os
import shutil
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import missing
from native import HERE, FaultyLibrary
from test_interrupts import assert_nothing_is_lost, signals, storm

from sspi_pkginfo import SspiLibrary

pytestmark = pytest.mark.stress
MIB = 1 << 20
THREADS = 16


@pytest.fixture
def native(library: SspiLibrary) -> SspiLibrary:
    if library.path == "FakeSspi":
        pytest.skip("FakeSspi is no native library")
    return library


# Interrupts


@signals
def test_half_a_million_signals_lose_nothing(faulty: FaultyLibrary) -> None:
    result = storm(faulty, "signal", 500_000)
    assert result["calls"] > 1_000_000
    assert_nothing_is_lost(result, 500_000)


def test_exceptions_from_another_thread_in_a_million_calls_lose_nothing(
    faulty: FaultyLibrary,
) -> None:
    result = storm(faulty, "thread", 80_000)
    assert result["calls"] > 1_000_000
    assert_nothing_is_lost(result, 80_000)


# Memory


def soak(library: SspiLibrary, calls: int, *options: str) -> dict[str, int]:
    run = subprocess.run(
        [sys.executable, HERE / "soak.py", library.path, str(calls), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
        timeout=540,
    )
    growth: dict[str, int] = json.loads(run.stdout)
    return growth


def test_a_million_calls_leave_nothing_behind(native: SspiLibrary) -> None:
    growth = soak(native, 1_000_000)
    assert growth["memory"] < MIB
    assert growth["handles"] == 0


def test_a_soak_finds_what_is_not_freed(native: SspiLibrary) -> None:
    assert soak(native, 30_000, "--leak")["memory"] > MIB


def memcheck(library: SspiLibrary, report: Path, *options: str) -> Counter[str]:
    """Call each function a thousand times under valgrind, and count what it has to say.

    Blocks that the library allocated are counted one by one, by the kind of their loss; an invalid
    read or write counts wherever it is, for it is we who read what the library allocated.
    """
    valgrind = shutil.which("valgrind") or missing("valgrind", "apt-get install valgrind")
    checks = ("--leak-check=full", "--show-leak-kinds=all", "--num-callers=40")
    subprocess.run(
        [
            *(valgrind, *checks, "--xml=yes", f"--xml-file={report}"),
            *(sys.executable, HERE / "soak.py", library.path, "3000", "--warm-up=0", *options),
        ],
        # With its own allocator Python would hide a block from valgrind.
        env={**os.environ, "PYTHONMALLOC": "malloc"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=540,
    )
    found: Counter[str] = Counter()
    for error in ET.parse(report).iter("error"):
        kind = error.findtext("kind", "")
        blocks = int(error.findtext("xwhat/leakedblocks", "0"))
        objects = [frame.findtext("obj", "") for frame in error.iter("frame")]
        if kind.startswith("Invalid"):
            found[kind] += 1
        elif any(Path(library.path).name in file for file in objects):
            found[kind] += blocks
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="valgrind runs on Linux")
def test_a_memory_checker_finds_nothing_lost_and_nothing_read_amiss(
    native: SspiLibrary, tmp_path: Path
) -> None:
    found = memcheck(native, tmp_path / "report.xml")
    assert found["Leak_DefinitelyLost"] == 0
    assert not any(kind.startswith("Invalid") for kind in found)
    # What a library sets up once and keeps is no loss; a block for each call would be.
    assert found.total() < 1000


@pytest.mark.skipif(sys.platform == "win32", reason="valgrind runs on Linux")
def test_a_memory_checker_finds_what_is_not_freed(native: SspiLibrary, tmp_path: Path) -> None:
    # WinPR's table still points at its buffers: lost to us, they are not lost to valgrind.
    assert memcheck(native, tmp_path / "report.xml", "--leak").total() >= 3000


# Threads


def in_threads(work: Callable[[], None]) -> None:
    """Do the work in sixteen threads that start together and take turns as often as can be."""
    start = threading.Barrier(THREADS)
    failures: list[BaseException] = []

    def run() -> None:
        start.wait()
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
    finally:
        sys.setswitchinterval(interval)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def ask(library: SspiLibrary, times: int) -> None:
    packages = library.enumerate_packages()
    for _ in range(times):
        assert library.enumerate_packages() == packages
        for package in packages:
            assert library.query_package(package.name) == package
            assert library.query_max_token(package.name) == package.max_token


def test_sixteen_threads_get_right_answers(library: SspiLibrary) -> None:
    in_threads(lambda: ask(library, 100))


def test_sixteen_threads_with_a_library_object_each_get_right_answers(native: SspiLibrary) -> None:
    def work() -> None:
        for _ in range(20):
            ask(SspiLibrary(native.path), 5)

    in_threads(work)


def test_sixteen_threads_lose_nothing(faulty: FaultyLibrary) -> None:
    with faulty.told_to(unaligned=True):
        in_threads(lambda: ask(SspiLibrary(faulty.path), 500))
        assert faulty.handed_out > 16 * 500 * 7


FIRST_USE = """
import sys, threading
import sspi_pkginfo
sys.setswitchinterval(1e-6)
start = threading.Barrier(16)
answers = []
def work():
    start.wait()
    answers.append((sspi_pkginfo.query_max_token("NTLM"), id(sspi_pkginfo.default_library())))
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(answers), len({*answers}))
"""


@pytest.mark.parametrize("attempt", range(10))
def test_sixteen_threads_may_use_the_library_first(attempt: int) -> None:
    run = subprocess.run(
        [sys.executable, "-c", FIRST_USE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert (run.stdout.split(), run.stderr) == ([b"16", b"1"], b"")
