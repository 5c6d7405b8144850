"""Time sspi_pkginfo beside other ways to the same answer: `python bench.py --results FOLDER`.

The candidates are timed alternately, a short round of each, many times over, and a ratio is the
median of the ratios within a round: the speed of a machine that others use too changes by half from
one second to the next. pyperf and pytest-benchmark finish one candidate before they begin the next.
"""

import argparse
import ctypes
import json
import platform
import statistics
import subprocess
import sys
import threading
import time
import timeit
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.core import calls_of
from support.paths import environment
from support.process import started

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary, _native

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
        rows.append(row | {"ratio": ratio, "quartiles": [low, high]})
        print(f"{name}: {row['seconds'] * 1e6:.2f} us, {ratio:.3f} ({low:.3f} to {high:.3f})")
    return rows


def floors(library: SspiLibrary) -> tuple[Callable[..., object], ...]:
    """Return what no binding can leave out: what `_calls` passes, and nothing checked or copied."""
    calls = calls_of(library)
    query, enumerate_, free = calls._query, calls._enumerate, calls._free
    # In cells, the quickest place that a function can read them from.
    pointer, ulong = _native.PSecPkgInfoW, _native.ULONG

    def bare_query(native_name: object) -> None:
        package = pointer()
        query(native_name, package)
        free(package)

    def bare_query_and_field(native_name: object) -> int:
        package = pointer()
        query(native_name, package)
        max_token: int = package[0].cbMaxToken
        free(package)
        return max_token

    def bare_enumeration() -> None:
        count = ulong()
        packages = pointer()
        enumerate_(count, packages)
        free(packages)

    return bare_query, bare_query_and_field, bare_enumeration


def ours(library: SspiLibrary, functions: Any, of: str = "") -> dict[str, tuple[Round, str]]:
    """Our functions, those of the module or of the library, beside the library's own floors."""
    bare_query, bare_query_and_field, bare_enumeration = floors(library)
    native_name = _native.to_native("NTLM")
    bare, field, every = f"bare calls{of}", f"bare calls and field{of}", f"bare enumeration{of}"
    return {
        bare: (timed(bare_query, native_name), bare),
        field: (timed(bare_query_and_field, native_name), bare),
        f"query_max_token{of}": (timed(functions.query_max_token, "NTLM"), field),
        f"query_package{of}": (timed(functions.query_package, "NTLM"), bare),
        every: (timed(bare_enumeration), "sspilib"),
        f"enumerate_packages{of}": (timed(functions.enumerate_packages), "sspilib"),
    }


def time_calls(rounds: int, program: str | None) -> list[dict[str, Any]]:
    from sspilib.raw import enumerate_security_packages

    candidates = ours(sspi_pkginfo.default_library(), sspi_pkginfo)
    candidates["sspilib"] = (timed(enumerate_security_packages), "sspilib")
    with ExitStack() as stack:
        if ON_WINDOWS:
            import win32security

            query, enumerate_ = (
                timed(win32security.QuerySecurityPackageInfo, "NTLM"),
                timed(win32security.EnumerateSecurityPackages),
            )
            candidates["pywin32, one"] = (query, "bare calls")
            candidates["pywin32, all"] = (enumerate_, "sspilib")
        else:
            with suppress(LibraryLoadError):
                winpr = SspiLibrary("libwinpr2.so.2")
                candidates |= ours(winpr, winpr, " of WinPR")
        if program:
            native = stack.enter_context(started(program, stdin=subprocess.PIPE))

            def c_round() -> float:
                print(CALLS, file=native.stdin, flush=True)
                return float(native.stdout.readline())

            candidates["C"] = (c_round, "bare calls")
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
        "enumerate_packages": sspi_pkginfo.enumerate_packages,
        "sspilib": enumerate_security_packages,
    }.items():
        for count in (1, 8):
            one_round = partial(round_of, function, count)
            candidates[f"{name}, threads: {count}"] = (one_round, f"{name}, threads: 1")
    return compare(rounds, candidates)


def time_starts(rounds: int) -> list[dict[str, Any]]:
    """Whole processes that read one cbMaxToken, beside one that imports what any binding would."""
    imports = "import ctypes, dataclasses, enum"
    ours = "from sspi_pkginfo import query_max_token"
    programs = {
        "imports": (imports, "imports"),
        "our import": (ours, "imports"),
        "import and query": (f"{ours}; query_max_token('NTLM')", "imports"),
        "imports and argparse": (f"{imports}, argparse", "imports"),
        "command": (
            "import sys; from sspi_pkginfo._cli import main; sys.exit(main(['max-token', 'NTLM']))",
            "imports and argparse",
        ),
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
    parser.add_argument("--native", help="native.c compiled, on Windows")
    parser.add_argument("--rounds", type=int, default=60, help="of processes; of calls 20 times")
    options = parser.parse_args()

    system = platform.system()
    if ON_WINDOWS and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version"):
        system = "Wine"
    python = platform.python_version()
    print(f"CPython {python} on {system}")
    rows = time_calls(options.rounds * 20, options.native)
    rows += time_threads(max(5, options.rounds // 5))
    rows += time_starts(options.rounds)
    options.results.mkdir(exist_ok=True)
    result = {"python": python, "system": system, "rows": rows}
    (options.results / f"{system}-{python}.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
