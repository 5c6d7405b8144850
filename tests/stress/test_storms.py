"""Interrupts at random moments, in numbers: nothing is lost, and each arrives as itself.

Those on purpose are in test_interrupts.py. A storm has a process of its own, because coverage and
pytest keep locks in Python that an interrupt would leave held.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support import process

HERE = Path(__file__).parent
INTERRUPTS = 100_000

signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timer signals")
guard = pytest.mark.parametrize(
    "options", [(), ("without-guard",)], ids=["guarded", "called as Windows' own"]
)


def storm(path: Path, *arguments: str | int) -> dict[str, Any]:
    ended = process.run(sys.executable, HERE / "storm.py", path, *arguments, timeout=300)
    assert ended.stderr == ""
    result: dict[str, Any] = json.loads(ended.stdout)
    print(sys.version.split()[0], *arguments, result)  # shown by `pytest -rP`
    return result


def assert_nothing_is_lost(result: dict[str, Any], interrupts: int) -> None:
    assert result.pop("buffers") > interrupts
    assert result == {
        "arrived": interrupts,
        "outstanding": 0,
        "freed_wrongly": 0,
        "deadlock": False,
    }


@signals
@guard
def test_signals_lose_nothing(faulty_path: Path, options: tuple[str, ...]) -> None:
    assert_nothing_is_lost(storm(faulty_path, "signal", INTERRUPTS, *options), INTERRUPTS)


@guard
def test_exceptions_from_another_thread_lose_nothing(
    faulty_path: Path, options: tuple[str, ...]
) -> None:
    assert_nothing_is_lost(storm(faulty_path, "thread", 10_000, *options), 10_000)


@signals
def test_signals_at_the_first_use_keep_no_thread_waiting(faulty_path: Path) -> None:
    result = storm(faulty_path, "signal", 2_000, "first-use")
    assert (result["arrived"], result["deadlock"]) == (2_000, False)


@signals
@guard
def test_a_finally_that_called_a_python_function_would_lose_buffers(
    faulty_path: Path, options: tuple[str, ...]
) -> None:
    assert storm(faulty_path, "signal", INTERRUPTS, "free-through-python", *options)["outstanding"]
