"""What a call costs, where that can be counted: never a time, which no test can promise."""

import functools
import gc
import json
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from support import core
from support.native import FaultyLibrary
from support.paths import CAPTURES
from support.process import run

import sspi_pkginfo
from sspi_pkginfo import PackageInfo, PackageNotFoundError, SspiLibrary
from sspi_pkginfo.testing import FakeSspi

ENUMERATE, QUERY, FREE = (
    "EnumerateSecurityPackagesW",
    "QuerySecurityPackageInfoW",
    "FreeContextBuffer",
)

CALLS: dict[str, tuple[Callable[[], object], Counter[str]]] = {
    "enumerate_packages": (sspi_pkginfo.enumerate_packages, Counter({ENUMERATE: 1, FREE: 1})),
    "query_package": (
        lambda: sspi_pkginfo.query_package("NTLM"),
        Counter({QUERY: 1, FREE: 1}),
    ),
    "query_max_token": (
        lambda: sspi_pkginfo.query_max_token("NTLM"),
        Counter({QUERY: 1, FREE: 1}),
    ),
}


def counted(library: SspiLibrary) -> Counter[str]:
    """Let the library count its foreign calls from now on."""
    calls: Counter[str] = Counter()

    def count(name: str, function: Callable[..., int], *arguments: object) -> int:
        calls[name] += 1
        return function(*arguments)

    for name in ENUMERATE, QUERY, FREE:
        core.wrap(library, name, functools.partial(count, name))
    return calls


@pytest.mark.parametrize("name", CALLS)
def test_each_answer_takes_two_foreign_calls_every_time(name: str) -> None:
    function, expected = CALLS[name]
    with FakeSspi.from_json(CAPTURES[0]) as fake:
        calls = counted(fake.library)
        for times in (1, 2, 3):
            function()
            assert calls == Counter({call: times * count for call, count in expected.items()})


def test_a_name_that_is_not_found_takes_one_foreign_call() -> None:
    with FakeSspi.from_json(CAPTURES[0]) as fake:
        calls = counted(fake.library)
        with pytest.raises(PackageNotFoundError):
            sspi_pkginfo.query_max_token("nope")
        assert calls == Counter({QUERY: 1})


def test_query_max_token_reads_no_whole_package_nor_does_the_search_for_a_name(
    faulty: FaultyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty.told_to() as library:
        core.refuse_to_read_whole_packages(monkeypatch)
        with pytest.raises(AssertionError, match="a whole package was read"):
            library.query_package("Package 0")
        assert library.query_max_token("Package 1") == 2888


@pytest.mark.parametrize("name", ["NTLM\0", None])
def test_a_bad_name_takes_no_foreign_call(name: str) -> None:
    with FakeSspi.from_json(CAPTURES[0]) as fake:
        calls = counted(fake.library)
        with pytest.raises((TypeError, ValueError)):
            sspi_pkginfo.query_max_token(name)
        assert not calls


def test_no_answer_is_kept() -> None:
    with FakeSspi.from_json(CAPTURES[0]) as fake:
        before = objects_alive()
        answers = [fake.library.enumerate_packages() for _ in range(10)]
        assert objects_alive() > before
        del answers
        assert objects_alive() == before


def objects_alive() -> int:
    gc.collect()
    return sum(type(thing) is PackageInfo for thing in gc.get_objects())


def modules_after(program: str) -> set[str]:
    program = f"import json, sys; {program}; print(json.dumps([*sys.modules]))"
    return set(json.loads(run(sys.executable, "-c", program).stdout))


def test_the_import_brings_nothing_beyond_ctypes_dataclasses_and_enum() -> None:
    # From 3.14 on, ctypes imports more at the first structure.
    structure = 'type("S", (ctypes.Structure,), {"_fields_": [("field", ctypes.c_int)]})'
    base = modules_after(f"import ctypes, dataclasses, enum; {structure}")
    ours = modules_after("import sspi_pkginfo") - base
    assert {name.partition(".")[0] for name in ours} == {"sspi_pkginfo"}
    assert (
        not {f"sspi_pkginfo.{name}" for name in ("_captures", "_cli", "_tables", "testing")} & ours
    )


def test_the_import_loads_no_native_library() -> None:
    watch = (
        "import ctypes, sys; sys.addaudithook(lambda event, arguments: event == 'ctypes.dlopen'"
        " and sys.exit(f'loaded {arguments}')); import sspi_pkginfo"
    )
    assert "sspi_pkginfo" in modules_after(watch)
