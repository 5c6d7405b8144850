"""Where the project keeps what the tests read."""

import os
from pathlib import Path

import sspi_pkginfo

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
GOLDEN = DATA / "golden"
CAPTURES = sorted(DATA.glob("windows-*.json"))
WINDOWS_10 = DATA / "windows-10.json"


def environment(**variables: str) -> dict[str, str]:
    """The environment of a process that imports the package under test and what is here.

    It is not the checkout's unless that is under test, and coverage does not trace the process.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("COV")}
    package = Path(sspi_pkginfo.__file__).parents[1]
    paths = [str(package), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    path = os.pathsep.join(filter(None, paths))
    return {**kept, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", **variables}
