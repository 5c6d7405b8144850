"""Mutation testing: each small change of the package has to be noticed by a test.

mutmut changes the bodies of functions. What it does not reach, cosmic-ray changes: declarations,
values of enums, and the functions that stand under a condition. Both work on a copy, for
cosmic-ray writes its changes into the files. A change that no test notices fails this run, unless
it is one of EQUIVALENT, for the reason given there. Linux only: see WINDOWS.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIED = ("sspi_pkginfo", "tests", "docs", "pyproject.toml")

WINDOWS = "runs on Windows only, where the same tests run under Wine"
# Regular expressions for what a change replaces, and why nobody could notice a change of it.
EQUIVALENT = {
    r"_library: .*_default = SspiLibrary\(_windows\.SECUR32\) =>": WINDOWS,
    r"_library: .*info\.(name = native\.Name|comment = native\.Comment) or \"\" =>": WINDOWS,
    r"(_library|testing): .*name if ON_WINDOWS else (to|from)_native\(.* =>": WINDOWS,
    r"_errors: .*winerror = self\.status - .* =>": WINDOWS + ", and OSError has a winerror",
    r"_errors: .*super\(\).__init__\(_EINVAL, .* => .*, message, None, (None)?\)": WINDOWS,
    r"_native: .*NativeLibrary\(path, winmode=winmode\) => .*\(path, (winmode=None)?\)": WINDOWS,
    r"_library: .*stacklevel=3,.* =>": (
        "mutmut calls every function through two of its own, so the test of this is left out here"
    ),
    r"_cli: .*Namespace\(json=False, .* => .*(json=None|name=None|name=\"XXXX\")": (
        "None is as false as False, and a command that takes no name does not look at it"
    ),
    r"_cli: .*ArgumentParser\(add_help=False.* => .*add_help=None": "None is as false as False",
    r"_cli: .*get_close_matches\(name\.lower\(\), names, n=1\) => .*, (n=2)?\)": (
        "the nearest comes first, however many follow"
    ),
    r"_cli: .*fallback=\(10_000, 24\)\)\.columns\) => .*(10001, 24|10_000, 25)": (
        "more columns than any row needs, and lines are not looked at"
    ),
    r"_tables: .*strict=True\).* => .*(strict=(None|False)|, )\)": (
        "says that the lengths are equal, as they are by construction"
    ),
    r"_tables: .*default=0\) => .* default=1\)": "without a flag no line uses the column",
    r"_tables: .*range\(32\) .* => .* range\(33\)": "a ULONG has 32 bits",
    r"_native: .*sys\.maxsize >> 8\)\)\.from_address => .*>> [79]\)\)": (
        "any length does that is longer than a string"
    ),
    r"_native: .*_find_two_zeros\(memory, end \+ 1\).* => .* end (- 1|\+ 0)\)": (
        "of the bytes that it looks at once more, the last is not zero"
    ),
    r"testing: .*zip\(self\.packages, self\.library.*, strict=True\): =>": (
        "says that the lengths are equal, as they are by construction"
    ),
    r"testing: .*self\.(allocated|freed) = 0 =>": "set to zero again once the packages are checked",
    r"testing: .*NativeLibrary\(\"FakeSspi\", handle=0\) =>": (
        "with a handle nothing is loaded, neither by name nor by that handle"
    ),
    r"testing: .*sum\(map\(len, strings\)\) \+ 1\) => .* \+ 2\)": (
        "one byte is enough for a buffer that has an address"
    ),
}


def main(folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    for name in COPIED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        folder.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, folder / name)
    survivors = [*survivors_of_mutmut(folder), *survivors_of_cosmic_ray(folder)]
    noticed_by_nobody = 0
    for survivor in survivors:
        reasons = [why for what, why in EQUIVALENT.items() if re.match(what, survivor)]
        noticed_by_nobody += not reasons
        print(f"{survivor}\n    {reasons[0] if reasons else 'NOTICED BY NO TEST'}")
    for what in EQUIVALENT:
        if not any(re.match(what, survivor) for survivor in survivors):
            print(f"no change survives that this describes: {what}")
    print(f"{len(survivors)} survived, of which no test noticed {noticed_by_nobody} and should")
    return int(noticed_by_nobody > 0)


def run(folder: Path, *command: str, quiet: bool = True) -> str:
    tool = Path(sys.executable).with_name(command[0])
    output = subprocess.PIPE if quiet else None
    done = subprocess.run([tool, *command[1:]], cwd=folder, stdout=output, text=True, check=True)
    return done.stdout or ""


def survivors_of_mutmut(folder: Path) -> list[str]:
    run(folder, "mutmut", "run", quiet=False)
    survivors = []
    for line in run(folder, "mutmut", "results").splitlines():
        name, _, outcome = line.strip().rpartition(": ")
        if outcome in ("survived", "no tests"):
            module = name.split(".")[1]
            survivors.append(replacement(module, run(folder, "mutmut", "show", name)))
    return survivors


def survivors_of_cosmic_ray(folder: Path) -> list[str]:
    configuration, session = "tests/mutation.toml", "mutation.sqlite"
    run(folder, "cosmic-ray", "baseline", configuration)
    run(folder, "cosmic-ray", "init", configuration, session)
    run(folder, "cr-filter-operators", session, configuration)
    run(folder, "cosmic-ray", "exec", configuration, session)
    survivors, outcomes = [], []
    for line in run(folder, "cosmic-ray", "dump", session).splitlines():
        item, result = json.loads(line)
        if result and result["worker_outcome"] != "skipped":
            outcomes.append(result["test_outcome"])
            if result["test_outcome"] != "killed":
                module = Path(item["mutations"][0]["module_path"]).stem
                survivors.append(replacement(module, result["diff"]))
    print(f"cosmic-ray: {len(outcomes)} changes, {outcomes.count('killed')} killed")
    return survivors


def replacement(module: str, diff: str) -> str:
    """Return what a change replaces by what, in one line."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    old, new = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    return f"{module}: {old} => {new}"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
