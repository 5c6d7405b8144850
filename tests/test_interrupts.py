"""An interrupt at any moment: every buffer comes back, and the interrupt arrives as itself."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from native import HERE, FaultyLibrary

signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timer signals")
INTERRUPTS = 100_000


def storm(faulty: FaultyLibrary, *arguments: str | int) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, HERE / "storm.py", faulty.path, *map(str, arguments)],
        env={key: value for key, value in os.environ.items() if not key.startswith("COV")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
    )
    assert (run.returncode, run.stderr) == (0, b"")
    result: dict[str, Any] = json.loads(run.stdout)
    return result


def assert_nothing_is_lost(result: dict[str, Any], interrupts: int) -> None:
    assert result.pop("calls") > interrupts
    assert result == {
        "arrived": interrupts,
        "outstanding": 0,
        "freed_wrongly": 0,
        "deadlock": False,
    }


@signals
def test_a_storm_of_signals_loses_nothing(faulty: FaultyLibrary) -> None:
    assert_nothing_is_lost(storm(faulty, "signal", INTERRUPTS), INTERRUPTS)


def test_a_storm_of_exceptions_from_another_thread_loses_nothing(faulty: FaultyLibrary) -> None:
    assert_nothing_is_lost(storm(faulty, "thread", 10_000), 10_000)


@signals
def test_a_signal_handler_may_call_the_library_that_it_interrupts(faulty: FaultyLibrary) -> None:
    assert_nothing_is_lost(storm(faulty, "handler", 1_000), 1_000)


@signals
def test_a_finally_that_called_a_python_function_would_lose_buffers(faulty: FaultyLibrary) -> None:
    result = storm(faulty, "signal", INTERRUPTS, "--free-through-python")
    assert result["outstanding"] > 0
