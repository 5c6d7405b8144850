"""Time sspi_pkginfo beside others, in one process: `python bench.py --results FOLDER`.

Everything in a table is timed in turn, a short round of each, many times over, and the ratios are
taken within a round: the speed of a machine that others use too changes by half from one second to
the next. pyperf and pytest-benchmark finish with one thing before they begin with another, so the
timing is timeit's.
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
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from ctypes import byref
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.native import FaultyLibrary, compile_library
from tables import TITLES, memory, table

import sspi_pkginfo
from sspi_pkginfo import LibraryLoadError, SspiLibrary, _native
from sspi_pkginfo._calls import Calls

CALLS = 200
SIZES = (1, 4, 16, 64, 256, 1024, 4096)
ON_WINDOWS = sys.platform == "win32"

Round = Callable[[], float]
"""Do something some times over, and return the seconds that it took once on average."""


def python_round(function: Callable[..., object], *arguments: object) -> Round:
    # As a statement, for a lambda around the function would cost as much as some of what is timed.
    names = {"function": function, **{f"argument{i}": a for i, a in enumerate(arguments)}}
    timer = timeit.Timer(f"function({', '.join([*names][1:])})", globals=names)
    return lambda: timer.timeit(CALLS) / CALLS


def compare(rounds: int, contenders: dict[str, Round], base: str) -> list[dict[str, Any]]:
    """Return the median seconds of each contender, and its ratio to the base with the quartiles."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for one_round in contenders.values():
        one_round()
    for _ in range(rounds):
        for name, one_round in contenders.items():
            seconds[name].append(one_round())
    rows = []
    for name, values in seconds.items():
        ratios = [a / b for a, b in zip(values, seconds[base], strict=True)]
        low, median, high = statistics.quantiles(ratios, n=4)
        row = {"name": name, "seconds": statistics.median(values)}
        rows.append(row | {"base": base, "ratio": median, "quartiles": [low, high]})
    return rows


def keeping_the_lock() -> SspiLibrary:
    """Return the default library, called as if it were part of the interpreter.

    As a rule ctypes gives the interpreter's lock to another thread for the time of a foreign call.
    """
    path = sspi_pkginfo.default_library().path
    with mock.patch.object(_native, "NativeLibrary", ctypes.PyDLL):
        return SspiLibrary(path)


def calls_of(library: SspiLibrary) -> Calls:
    """Return its calls as they are without the guard."""
    calls: Calls = getattr(library._calls, "_calls", library._calls)
    return calls


def floors(library: SspiLibrary) -> tuple[Callable[[Any], None], Callable[[], None]]:
    """Return the foreign calls alone, by name and of every package: nothing copied or checked."""
    # In cells, the quickest place that a function can read them from.
    calls = calls_of(library)
    query, enumerate_, free = calls._query, calls._enumerate, calls._free
    pointer, ulong, reference = _native.PSecPkgInfoW, _native.ULONG, byref

    def query_and_free(native_name: Any) -> None:
        package = pointer()
        query(native_name, reference(package))
        free(package)

    def enumerate_and_free() -> None:
        count, packages = ulong(), pointer()
        enumerate_(reference(count), reference(packages))
        free(packages)

    return query_and_free, enumerate_and_free


def time_secur32(rounds: int, program: str | None) -> dict[str, Any]:
    import win32security
    from sspilib.raw import enumerate_security_packages

    kept = keeping_the_lock()
    floor_query, floor_enumerate = floors(sspi_pkginfo.default_library())
    query = {
        "floor: the bare calls": python_round(floor_query, "NTLM"),
        "query_max_token": python_round(sspi_pkginfo.query_max_token, "NTLM"),
        "query_package": python_round(sspi_pkginfo.query_package, "NTLM"),
        "query_package, lock kept": python_round(kept.query_package, "NTLM"),
        "pywin32": python_round(win32security.QuerySecurityPackageInfo, "NTLM"),
    }
    enumerate_ = {
        "floor: the bare calls": python_round(floor_enumerate),
        "enumerate_packages": python_round(sspi_pkginfo.enumerate_packages),
        "enumerate_packages, lock kept": python_round(kept.enumerate_packages),
        "pywin32": python_round(win32security.EnumerateSecurityPackages),
        "sspilib": python_round(enumerate_security_packages),
    }
    if program is None:
        return tables(rounds, query, enumerate_)
    with subprocess.Popen(
        [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as native:
        assert native.stdin is not None
        assert native.stdout is not None
        stdin, stdout = native.stdin, native.stdout

        def c_round(call: str) -> float:
            print(call, CALLS, file=stdin, flush=True)
            return float(stdout.readline())

        query["C"] = partial(c_round, "query")
        enumerate_["C"] = partial(c_round, "enumerate")
        result = tables(rounds, query, enumerate_)
        stdin.close()
    return result


def tables(
    rounds: int, query: dict[str, Round], enumerate_: dict[str, Round]
) -> dict[str, list[dict[str, Any]]]:
    return {
        "one package": compare(rounds, query, "floor: the bare calls"),
        "every package": compare(rounds, enumerate_, "sspilib"),
    }


def time_portable(rounds: int) -> dict[str, Any]:
    from sspilib.raw import enumerate_security_packages

    result: dict[str, Any] = {}
    libraries = {"sspi-rs": sspi_pkginfo.default_library()}
    with suppress(LibraryLoadError):
        libraries["WinPR"] = SspiLibrary("libwinpr2.so.2")
    query: dict[str, Round] = {}
    enumerate_: dict[str, Round] = {"sspilib": python_round(enumerate_security_packages)}
    for name, library in libraries.items():
        floor_query, floor_enumerate = floors(library)
        query[f"{name} floor"] = python_round(floor_query, _native.to_native("NTLM"))
        query[f"{name} query_max_token"] = python_round(library.query_max_token, "NTLM")
        query[f"{name} query_package"] = python_round(library.query_package, "NTLM")
        enumerate_[f"{name} floor"] = python_round(floor_enumerate)
        enumerate_[f"{name} enumerate_packages"] = python_round(library.enumerate_packages)
    result["one package"] = compare(rounds, query, "sspi-rs floor")
    result["every package"] = compare(rounds, enumerate_, "sspilib")
    return result


def time_sizes(rounds: int, faulty: FaultyLibrary) -> list[dict[str, Any]]:
    """The cost of a package by the number of packages."""
    with faulty.told_to() as library:

        def round_of(function: Callable[[], object], count: int) -> float:
            faulty.faults.packages = count
            calls = max(1, 1024 // count)
            return timeit.timeit(function, number=calls) / calls / count

        contenders: dict[str, Round] = {
            str(size): partial(round_of, library.enumerate_packages, size) for size in SIZES
        }
        for size in (16, 4096):
            contenders[f"{size}, the bare calls"] = partial(round_of, floors(library)[1], size)
        return compare(max(5, rounds // 5), contenders, "16")


def measure_memory(faulty: FaultyLibrary) -> list[dict[str, int]]:
    """The memory that an answer keeps and that it takes meanwhile, by the number of packages."""
    rows = []
    with faulty.told_to() as library:
        for size in SIZES:
            faulty.faults.packages = size
            tracemalloc.start()
            packages = library.enumerate_packages()
            kept, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert len(packages) == size
            rows.append({"packages": size, "kept": kept, "peak": peak})
    return rows


def time_threads(rounds: int) -> list[dict[str, Any]]:
    """The time that the same number of calls takes one thread, and eight together."""
    from sspilib.raw import enumerate_security_packages

    # So many that the threads do not each finish within one turn of the interpreter's lock.
    calls = 160 * CALLS

    def round_of(function: Callable[[], object], count: int) -> float:
        started: list[float] = []
        together = threading.Barrier(count, lambda: started.append(time.perf_counter()))

        def work() -> None:
            together.wait()
            for _ in range(calls // count):
                function()

        threads = [threading.Thread(target=work) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (time.perf_counter() - started[0]) / calls

    library, kept = sspi_pkginfo.default_library(), keeping_the_lock()
    functions: dict[str, Callable[[], object]] = {
        "floor": floors(library)[1],
        "floor, lock kept": floors(kept)[1],
        "enumerate_packages": library.enumerate_packages,
        "enumerate_packages, lock kept": kept.enumerate_packages,
        "sspilib": enumerate_security_packages,
    }
    rows = []
    for name, function in functions.items():
        contenders: dict[str, Round] = {
            "one thread": partial(round_of, function, 1),
            "eight threads": partial(round_of, function, 8),
        }
        for row in compare(max(10, rounds // 5), contenders, "one thread"):
            rows.append(row | {"name": f"{name}, {row['name']}"})
    return rows


def time_starts(rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Whole processes that read one cbMaxToken, beside one that imports what any binding would."""
    base = "import ctypes, dataclasses, enum"
    programs = {
        "pass": "pass",
        base: base,
        "import sspi_pkginfo": "import sspi_pkginfo",
        "sspi_pkginfo": "import sspi_pkginfo; sspi_pkginfo.query_max_token('NTLM')",
        "sspilib": "import sspilib.raw as r; [p.max_token for p in r.enumerate_security_packages()"
        " if p.name == 'NTLM']",
    }
    if ON_WINDOWS:
        programs["the same, and secur32.dll loaded"] = (
            f"{base}; ctypes.WinDLL('secur32.dll', winmode=0x800)"
        )
        programs["pywin32"] = (
            "import win32security as w; w.QuerySecurityPackageInfo('NTLM')['MaxToken']"
        )

    # So that, as for a user, the first round compiles for all the others.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def round_of(program: str) -> float:
        start = time.perf_counter()
        command = [sys.executable, "-c", program]
        subprocess.run(
            command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
        )
        return time.perf_counter() - start

    def compare_programs(programs: dict[str, str], base: str) -> list[dict[str, Any]]:
        contenders = {name: partial(round_of, program) for name, program in programs.items()}
        return compare(max(5, rounds // 2), contenders, base)

    command = {
        "import argparse, ctypes, dataclasses, enum": "import argparse, ctypes, dataclasses, enum",
        "sspi-pkginfo max-token NTLM": (
            "import sys; from sspi_pkginfo._cli import main; sys.exit(main(['max-token', 'NTLM']))"
        ),
    }
    return {
        "start": compare_programs(programs, base),
        "command": compare_programs(command, next(iter(command))),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="a folder for the JSON file")
    parser.add_argument("--native", help="native.c compiled, on Windows")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()

    result: dict[str, Any] = {
        "python": platform.python_version(),
        "platform": "Windows" if ON_WINDOWS else platform.system(),
        "rounds": options.rounds,
    }
    if ON_WINDOWS:
        result |= time_secur32(options.rounds, options.native)
    else:
        result |= time_portable(options.rounds)
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        faulty = FaultyLibrary(compile_library("faults.c", Path(folder)))
        result["sizes"] = time_sizes(options.rounds, faulty)
        result["memory"] = measure_memory(faulty)
    result["threads"] = time_threads(options.rounds)
    result |= time_starts(options.rounds)

    print(f"CPython {result['python']} on {result['platform']}, {options.rounds} rounds")
    for title in TITLES:
        print(f"\n{table([result], title)}")
    print(f"\n{memory(result)}")
    name = f"{result['platform']}-{result['python']}.json"
    options.results.mkdir(exist_ok=True)
    (options.results / name).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
