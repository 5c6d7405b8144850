"""Where the project keeps what the tests read."""

import os
from pathlib import Path

import sspi_pkginfo

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
GOLDEN = DATA / "golden"
CAPTURES = sorted(DATA.glob("windows-*.json"))
WINDOWS_10 = DATA / "windows-10.json"


def environment(*, traced: bool = False, **variables: str) -> dict[str, str]:
    """The environment of a process that imports the package under test and what is here.

    It is not the checkout's unless that is under test. Coverage traces the process only on demand:
    it would be in the way of interrupts, forks and what runs out.
    """
    kept = {key: value for key, value in os.environ.items() if traced or not key.startswith("COV")}
    package = Path(sspi_pkginfo.__file__).parents[1]
    paths = [str(package), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    path = os.pathsep.join(filter(None, paths))
    return {**kept, "PYTHONPATH": path, "PYTHONSAFEPATH": "1", **variables}
