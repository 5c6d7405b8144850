"""Where the stack ends or memory runs out a call may fail, and still every buffer comes back."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from support import process
from support.missing import missing

guard = pytest.mark.parametrize("guarded", ["guarded", "called as Windows' own"])


def outcomes(program: str, *arguments: str | Path) -> dict[str, int]:
    ended = process.run(sys.executable, "-m", f"support.{program}", *arguments, timeout=120)
    result: dict[str, int] = json.loads(ended.stdout)
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
    if not importlib.util.find_spec("_testcapi"):
        if sys.platform == "win32":
            pytest.skip("the Pythons for Wine come without _testcapi")
        missing("_testcapi, which can let an allocation fail", "a Python with its own tests")
    found = outcomes("out_of_memory", faulty_path, guarded, *call)
    assert (found["outstanding"], found["freed_wrongly"]) == (0, 0)
    assert found["answered"] > 100
    assert found["failed"] >= 3
