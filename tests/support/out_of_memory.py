"""Make a call once for each allocation that can fail in it, and print what came of it.

A process of its own, because the failure could as well be in coverage's tracer.
"""

import _testcapi
import json
import sys
from collections import Counter
from pathlib import Path

from support.native import FaultyLibrary


def main() -> None:
    path, guarded, call, *arguments = sys.argv[1:]
    faulty = FaultyLibrary(Path(path), guarded=guarded == "guarded")
    faulty.ask()
    function = getattr(faulty.library, call)
    function(*arguments)
    outcomes: Counter[str] = Counter()
    for moment in range(1, 250):
        _testcapi.set_nomemory(moment, moment + 1)
        try:
            function(*arguments)
        except Exception:
            outcome = "failed"
        else:
            outcome = "answered"
        _testcapi.remove_mem_hooks()
        outcomes[outcome] += 1
    outcomes["outstanding"] = faulty.outstanding
    outcomes["freed_wrongly"] = faulty.faults.freed_wrongly
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main()
