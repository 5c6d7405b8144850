"""Time sspi_pkginfo beside other ways to the same answer: `python bench.py --results FOLDER`.

The candidates are timed alternately, a short round of each, many times over, and a ratio is the
median of the ratios within a round: the speed of a machine that others use too changes by half from
one second to the next. pyperf and pytest-benchmark finish one candidate before they begin the next.
"""

import argparse
import ctypes
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
import timeit
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.core import native_function
from support.paths import environment
from support.process import started

import sspi_pkginfo
from sspi_pkginfo import SspiLibrary, _native

CALLS = 100
ON_WINDOWS = sys.platform == "win32"

Round = Callable[[], float]
"""Do something some times over, and return the seconds that it took once on average."""


def timed(function: Callable[..., object], *arguments: object) -> Round:
    # As a statement, because a lambda around the function would cost as much as what is timed.
    names = {"function": function, **{f"argument{i}": a for i, a in enumerate(arguments)}}
    timer = timeit.Timer(f"function({', '.join([*names][1:])})", globals=names)

    def one_round() -> float:
        # What ran before leaves the processor's caches to it: C, in another process, costs the
        # next candidate 7 % without this.
        timer.timeit(CALLS // 4)
        return timer.timeit(CALLS) / CALLS

    return one_round


def compare(rounds: int, candidates: dict[str, tuple[Round, str]]) -> list[dict[str, Any]]:
    """Return the median seconds of each candidate, and their ratio to those of its base."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for one_round, _ in candidates.values():
        one_round()
    for _ in range(rounds):
        for name, (one_round, _) in candidates.items():
            seconds[name].append(one_round())
    rows = []
    for name, (_, base) in candidates.items():
        ratios = [a / b for a, b in zip(seconds[name], seconds[base], strict=True)]
        low, ratio, high = statistics.quantiles(ratios, n=4)
        row = {"name": name, "seconds": statistics.median(seconds[name]), "base": base}
        rows.append(row | {"ratio": ratio})
        print(f"{name}: {row['seconds'] * 1e6:.2f} us, {ratio:.3f} ({low:.3f} to {high:.3f})")
    return rows


def floors(library: SspiLibrary) -> tuple[Callable[..., object], ...]:
    """Return what no binding can leave out: what `_calls` passes, and nothing checked or copied."""
    query = native_function(library, "QuerySecurityPackageInfoW")
    free = native_function(library, "FreeContextBuffer")
    # In a cell, the quickest place that a function can read it from.
    pointer = _native.PSecPkgInfoW

    def bare_calls(native_name: object) -> None:
        package = pointer()
        query(native_name, package)
        free(package)

    def bare_calls_and_field(native_name: object) -> int:
        package = pointer()
        query(native_name, package)
        max_token: int = package[0].cbMaxToken
        free(package)
        return max_token

    return bare_calls, bare_calls_and_field


def time_calls(rounds: int) -> list[dict[str, Any]]:
    from sspilib.raw import enumerate_security_packages

    bare_calls, bare_calls_and_field = floors(sspi_pkginfo.default_library())
    native_name = _native.to_native("NTLM")
    bare, field, sspilib = "the bare calls", "the bare calls and one field", "sspilib, all packages"
    candidates = {
        bare: (timed(bare_calls, native_name), bare),
        field: (timed(bare_calls_and_field, native_name), field),
        "`query_max_token`": (timed(sspi_pkginfo.query_max_token, "NTLM"), field),
        "`query_package`": (timed(sspi_pkginfo.query_package, "NTLM"), bare),
        sspilib: (timed(enumerate_security_packages), sspilib),
        "`enumerate_packages`": (timed(sspi_pkginfo.enumerate_packages), sspilib),
    }
    if not ON_WINDOWS:
        return compare(rounds, candidates)
    import win32security

    query, enumerate_ = (
        win32security.QuerySecurityPackageInfo,
        win32security.EnumerateSecurityPackages,
    )
    candidates["pywin32, one package"] = (timed(query, "NTLM"), bare)
    candidates["pywin32, all packages"] = (timed(enumerate_), sspilib)
    program = Path(os.environ["SSPI_PKGINFO_TEST_NATIVE"], "native.exe")
    with started(program, stdin=subprocess.PIPE) as native:

        def c_round() -> float:
            print(CALLS, file=native.stdin, flush=True)
            return float(native.stdout.readline())

        candidates["C, one package"] = (c_round, bare)
        return compare(rounds, candidates)


def time_threads(rounds: int) -> list[dict[str, Any]]:
    """The time that the same number of calls takes one thread, and eight together."""
    from sspilib.raw import enumerate_security_packages

    # So many that the threads do not each finish within one turn of the interpreter's lock.
    calls = 320 * CALLS

    def round_of(function: Callable[[], object], count: int) -> float:
        begun: list[float] = []
        together = threading.Barrier(count, lambda: begun.append(time.perf_counter()))

        def work() -> None:
            together.wait()
            for _ in range(calls // count):
                function()

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.perf_counter() - begun[0]) / calls

    candidates: dict[str, tuple[Round, str]] = {}
    for name, function in {
        "`enumerate_packages`": sspi_pkginfo.enumerate_packages,
        "sspilib": enumerate_security_packages,
    }.items():
        one = f"{name} in one thread"
        candidates[one] = (partial(round_of, function, 1), one)
        candidates[f"{name} in eight threads"] = (partial(round_of, function, 8), one)
    return compare(rounds, candidates)


def time_starts(rounds: int) -> list[dict[str, Any]]:
    """Whole processes that read one cbMaxToken, beside one that imports what any binding would."""
    imports = "import ctypes, dataclasses, enum"
    ours = "from sspi_pkginfo import query_max_token"
    command = (
        "import sys; from sspi_pkginfo._cli import main; sys.exit(main(['max-token', 'NTLM']))"
    )
    floor, with_argparse = "the imports", "the imports and argparse"
    programs = {
        floor: (imports, floor),
        with_argparse: (f"{imports}, argparse", with_argparse),
        "import `sspi_pkginfo`": (ours, floor),
        "import it and call `query_max_token`": (f"{ours}; query_max_token('NTLM')", floor),
        "`sspi-pkginfo max-token NTLM`": (command, with_argparse),
    }
    # So that, as for a user, the first round compiles for all the others.
    variables = environment(PYTHONDONTWRITEBYTECODE="")
    null = dict.fromkeys(("stdin", "stdout"), subprocess.DEVNULL)

    def round_of(program: str) -> float:
        start = time.perf_counter()
        # Without a timeout: with one, subprocess notices the end up to 50 ms late.
        subprocess.run([sys.executable, "-c", program], check=True, env=variables, **null)
        return time.perf_counter() - start

    return compare(rounds, {n: (partial(round_of, p), base) for n, (p, base) in programs.items()})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="a folder for the JSON file")
    parser.add_argument("--rounds", type=int, default=60, help="of processes; of calls 20 times")
    options = parser.parse_args()

    system = platform.system()
    if ON_WINDOWS and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version"):
        system = "Wine"
    python = platform.python_version()
    print(f"CPython {python} on {system}")
    rows = time_calls(options.rounds * 20)
    rows += time_threads(max(5, options.rounds // 5))
    rows += time_starts(options.rounds)
    options.results.mkdir(exist_ok=True)
    result = {"python": python, "system": system, "rows": rows}
    (options.results / f"{system}-{python}.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
