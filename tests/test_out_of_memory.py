"""Memory that runs out at any allocation: the call may fail, and still every buffer comes back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import environment


@pytest.mark.parametrize("guarded", ["guarded", "called as Windows' own"])
@pytest.mark.parametrize(
    "call",
    [["enumerate_packages"], ["query_package", "Package 1"], ["query_max_token", "Package 1"]],
)
def test_no_buffer_is_lost_at_any_allocation_that_fails(
    faulty_path: Path, guarded: str, call: list[str]
) -> None:
    reason = "CPython's own tests, which can let an allocation fail, are not installed"
    pytest.importorskip("_testcapi", reason=reason)
    run = subprocess.run(
        [sys.executable, "-m", "support.out_of_memory", faulty_path, guarded, *call],
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    outcomes = json.loads(run.stdout)
    assert (outcomes["outstanding"], outcomes["freed_wrongly"]) == (0, 0)
    assert outcomes["failed"] >= 3
    assert outcomes["answered"] > 100
