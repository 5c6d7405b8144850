"""Memory that runs out at any allocation: the call may fail, and still every buffer comes back."""

from collections import Counter

import pytest
from support.native import FaultyLibrary

MOMENTS = 250


@pytest.mark.parametrize("call", ["enumerate_packages", "query_package", "query_max_token"])
def test_no_buffer_is_lost_at_any_allocation_that_fails(faulty: FaultyLibrary, call: str) -> None:
    reason = "CPython's own tests, which can let an allocation fail, are not installed"
    memory = pytest.importorskip("_testcapi", reason=reason)
    arguments = [] if call == "enumerate_packages" else ["Package 1"]
    function = getattr(faulty.library, call)
    outcomes: Counter[str] = Counter()
    with faulty.told_to():
        function(*arguments)
        for moment in range(1, MOMENTS):
            memory.set_nomemory(moment, moment + 1)
            try:
                function(*arguments)
            except Exception:
                outcome = "failed"
            else:
                outcome = "answered"
            memory.remove_mem_hooks()
            outcomes[outcome] += 1
            assert faulty.outstanding == 0
    assert outcomes["failed"] >= 3
    assert outcomes["answered"] > MOMENTS / 4
