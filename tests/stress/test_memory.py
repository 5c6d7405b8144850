"""A million calls, and a memory checker: nothing is left behind, and nothing is read amiss."""

import json
import shutil
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
from support import process
from support.missing import missing
from support.paths import environment

from sspi_pkginfo import SspiLibrary

pytest.importorskip("psutil", reason="psutil is missing: python -m pip install psutil")

HERE = Path(__file__).parent
MIB = 1 << 20

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="valgrind runs on Linux")


def soak(library: SspiLibrary, calls: int, *options: str) -> dict[str, int]:
    command = (sys.executable, HERE / "soak.py", library.path, 30_000, calls, *options)
    growth: dict[str, int] = json.loads(process.run(*command, timeout=540).stdout)
    return growth


def test_a_million_calls_leave_nothing_behind(native: SspiLibrary) -> None:
    growth = soak(native, 1_000_000)
    assert growth["memory"] < MIB
    assert growth["handles"] == 0


def test_a_soak_finds_what_is_not_freed(native: SspiLibrary) -> None:
    assert soak(native, 30_000, "leak")["memory"] > MIB


def memcheck(library: SspiLibrary, report: Path, *options: str) -> Counter[str]:
    """Call each function a thousand times under valgrind, and count what it has to say.

    Blocks that the library allocated are counted one by one, by the kind of their loss; an invalid
    read or write counts wherever it is, for it is we who read what the library allocated.
    """
    valgrind = shutil.which("valgrind") or missing("valgrind", "apt-get install valgrind")
    checks = ("--leak-check=full", "--show-leak-kinds=all", "--num-callers=40")
    process.run(
        *(valgrind, *checks, "--xml=yes", f"--xml-file={report}"),
        *(sys.executable, HERE / "soak.py", library.path, 0, 3000, *options),
        # With its own allocator Python would hide a block from valgrind.
        env=environment(PYTHONMALLOC="malloc"),
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


@on_linux
def test_a_memory_checker_finds_nothing_lost_and_nothing_read_amiss(
    native: SspiLibrary, tmp_path: Path
) -> None:
    found = memcheck(native, tmp_path / "report.xml")
    assert found["Leak_DefinitelyLost"] == 0
    assert not any(kind.startswith("Invalid") for kind in found)
    # What a library sets up once and keeps is no loss; a block for each call would be.
    assert found.total() < 1000


@on_linux
def test_a_memory_checker_finds_what_is_not_freed(native: SspiLibrary, tmp_path: Path) -> None:
    # WinPR's table still points at its buffers: lost to us, they are not lost to valgrind.
    assert memcheck(native, tmp_path / "report.xml", "leak").total() >= 3000
