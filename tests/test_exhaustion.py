"""Where the stack ends or memory runs out a call may fail, and still every buffer comes back."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from support.missing import missing
from support.process import run

CALLS = ("enumerate_packages", "query_package", "query_max_token")
guard = pytest.mark.parametrize("guarded", ["guarded", "called as Windows' own"])


def assert_nothing_is_lost(*arguments: object, answered: int) -> None:
    found = json.loads(run(sys.executable, "-m", "support.exhaustion", *arguments).stdout)
    assert (found["outstanding"], found["freed_wrongly"]) == (0, 0)
    assert found["answered"] > answered
    assert found["failed"] >= 3


@guard
@pytest.mark.parametrize("way", ["Python", "C"])
def test_no_buffer_is_lost_at_any_depth_of_the_stack(
    faulty_path: Path, guarded: str, way: str
) -> None:
    assert_nothing_is_lost(faulty_path, guarded, way, *CALLS, answered=60)


@guard
@pytest.mark.parametrize("call", CALLS)
def test_no_buffer_is_lost_at_any_allocation_that_fails(
    faulty_path: Path, guarded: str, call: str
) -> None:
    if not importlib.util.find_spec("_testcapi"):
        if sys.platform == "win32":
            pytest.skip("the Pythons for Wine come without _testcapi")
        missing("_testcapi, which can let an allocation fail", "a Python with its own tests")
    assert_nothing_is_lost(faulty_path, guarded, "memory", call, answered=100)
