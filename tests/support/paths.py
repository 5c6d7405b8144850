"""Where the project keeps what the tests read."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
GOLDEN = DATA / "golden"
CAPTURES = sorted(DATA.glob("windows-*.json"))
WINDOWS_10 = DATA / "windows-10.json"


def environment() -> dict[str, str]:
    """The environment of a process that imports from here, and that coverage does not trace."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    paths = [str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
