"""Report what the tests covered together: on Linux and on Windows it is every line and branch."""

import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
parts = {part: [*folder.glob(f".coverage.{part}*")] for part in ("py", "windows")}
# By another name than theirs: a report would combine those, and remove them.
coverage, total = (sys.executable, "-m", "coverage"), f"--data-file={folder / 'total'}"
subprocess.run([*coverage, "combine", "--keep", total, *parts["py"], *parts["windows"]], check=True)
required = f"--fail-under={100 if all(parts.values()) else 0}"
sys.exit(subprocess.run([*coverage, "report", total, required], check=False).returncode)
