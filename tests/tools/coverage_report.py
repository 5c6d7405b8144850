"""Report what the tests covered together: on Linux and on Windows it is every line and branch."""

import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
coverage, file = (sys.executable, "-m", "coverage"), f"--data-file={folder / '.coverage'}"
subprocess.run([*coverage, "combine", "--keep", file, folder], check=True)
whole = all([*folder.glob(f".coverage.{part}*")] for part in ("py", "windows"))
report = subprocess.run(
    [*coverage, "report", file, f"--fail-under={100 if whole else 0}"], check=False
)
sys.exit(report.returncode)
