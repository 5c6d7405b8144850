"""What tox itself cannot know: an environment that runs nothing, or less than its name says, is a
SKIP with the reason, not an OK. Where SSPI_PKGINFO_STRICT is set it fails."""

import os
import re
import shutil
import textwrap
from collections.abc import Iterable
from pathlib import Path

from tox.execute.api import Outcome
from tox.execute.request import StdinSource
from tox.plugin import impl
from tox.tox_env.api import ToxEnv
from tox.tox_env.errors import Fail, Skip

SKIP = Fail if os.environ.get("SSPI_PKGINFO_STRICT") else Skip
# What Windows' Python on Linux needs, as Debian and Ubuntu call it.
PACKAGES = {"wine": "wine wine64 winbind", "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64"}


@impl
def tox_on_install(
    tox_env: ToxEnv, arguments: Iterable[object], section: str, of_type: str
) -> None:
    if of_type != "dependency-groups" or SKIP is Fail:
        return
    # Some tools have wheels for few systems, and building them needs far more than a compiler.
    wheels = ["python", "-m", "pip", "install", "--quiet", "--dry-run", "--only-binary", ":all:"]
    found = tox_env.execute([*wheels, *map(str, arguments)], StdinSource.OFF, show=False)
    if found.exit_code:
        error = re.findall("^ERROR: (.*)", found.err, re.MULTILINE) or ["pip failed"]
        reason = textwrap.shorten(error[0], 150)
        raise SKIP(f"what it needs has no wheels for this machine: {reason}")


@impl
def tox_before_run_commands(tox_env: ToxEnv) -> None:
    absent = [tool for tool in PACKAGES if not shutil.which(tool)]
    if absent and ("windows" in tox_env.name or tox_env.name == "bench"):
        packages = " ".join(PACKAGES[tool] for tool in absent)
        raise SKIP(
            f"it needs {' and '.join(absent)}: on Debian and Ubuntu, apt-get install {packages}"
        )
    if tox_env.name == "coverage" and not measured(tox_env, ""):
        raise SKIP("no tests have run with coverage: run tox first")


@impl
def tox_after_run_commands(tox_env: ToxEnv, exit_code: int, outcomes: list[Outcome]) -> None:
    if tox_env.name == "coverage" and exit_code == 0:
        for system, environments in (("Linux", "py"), ("Windows", "windows")):
            if not measured(tox_env, environments):
                raise SKIP(f"it is less than the whole: no tests have run on {system}")


def measured(tox_env: ToxEnv, environments: str) -> list[Path]:
    folder = Path(tox_env.core["work_dir"], "coverage-data")
    return [*folder.glob(f".coverage.{environments}*")]
