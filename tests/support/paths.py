"""Where the project keeps what the tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
GOLDEN = DATA / "golden"
CAPTURES = sorted(DATA.glob("windows-*.json"))
WINDOWS_10 = DATA / "windows-10.json"
