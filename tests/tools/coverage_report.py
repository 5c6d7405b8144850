"""Report what the tests covered together: on Linux and on Windows, every line and every branch.

Without Windows' part the report says so, and nothing fails.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.strict import STRICT


def main() -> int:
    folder = Path(sys.argv[1])
    coverage = (sys.executable, "-m", "coverage")
    file = f"--data-file={folder / '.coverage'}"
    parts = {
        "Linux": [*folder.glob(".coverage.py*")],
        "Windows": [*folder.glob(".coverage.windows*")],
    }
    absent = [system for system, files in parts.items() if not files]
    if len(absent) == len(parts):
        print("no tests have run with coverage: run tox first")
        return int(STRICT)
    subprocess.run([*coverage, "combine", "--keep", file, folder], check=True)
    whole = 100 if STRICT or not absent else 0
    status = subprocess.run([*coverage, "report", file, f"--fail-under={whole}"], check=False)
    for system in absent:
        print(
            f"what the tests cover on {system} is missing, so less than the whole is covered here"
        )
    return status.returncode


if __name__ == "__main__":
    sys.exit(main())
