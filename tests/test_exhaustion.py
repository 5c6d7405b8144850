"""Where the stack ends or memory runs out a call may fail, and still every buffer comes back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import environment

guard = pytest.mark.parametrize("guarded", ["guarded", "called as Windows' own"])


def outcomes(program: str, *arguments: str | Path) -> dict[str, int]:
    run = subprocess.run(
        [sys.executable, "-m", f"support.{program}", *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, int] = json.loads(run.stdout)
    return result


@guard
@pytest.mark.parametrize("way", ["Python", "C"])
def test_no_buffer_is_lost_at_any_depth_of_the_stack(
    faulty_path: Path, guarded: str, way: str
) -> None:
    found = outcomes("end_of_the_stack", faulty_path, guarded, way)
    assert (found["outstanding"], found["freed_wrongly"]) == (0, 0)
    assert found["answered"] > 60
    assert found["failed"] >= 3


@guard
@pytest.mark.parametrize(
    "call",
    [["enumerate_packages"], ["query_package", "Package 1"], ["query_max_token", "Package 1"]],
)
def test_no_buffer_is_lost_at_any_allocation_that_fails(
    faulty_path: Path, guarded: str, call: list[str]
) -> None:
    reason = "CPython's own tests, which can let an allocation fail, are not installed"
    pytest.importorskip("_testcapi", reason=reason)
    found = outcomes("out_of_memory", faulty_path, guarded, *call)
    assert (found["outstanding"], found["freed_wrongly"]) == (0, 0)
    assert found["answered"] > 100
    assert found["failed"] >= 3
