"""What a call costs, where that can be counted: never a time, which no test can promise."""

import functools
import gc
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from support import core
from support.native import FaultyLibrary
from support.paths import CAPTURES
from support.process import run

import sspi_pkginfo
from sspi_pkginfo import PackageInfo, PackageNotFoundError
from sspi_pkginfo.testing import FakeSspi

ENUMERATE, QUERY = "EnumerateSecurityPackagesW", "QuerySecurityPackageInfoW"
FREE = "FreeContextBuffer"


@pytest.fixture
def fake() -> Iterator[FakeSspi]:
    with FakeSspi.from_json(CAPTURES[0]) as fake:
        yield fake


@pytest.mark.parametrize(
    ("call", "arguments", "expected"),
    [
        ("enumerate_packages", [], [ENUMERATE, FREE]),
        ("query_package", ["NTLM"], [QUERY, FREE]),
        ("query_max_token", ["NTLM"], [QUERY, FREE]),
        ("query_max_token", ["nope"], [QUERY]),
        ("query_max_token", ["NTLM\0"], []),
        ("query_max_token", [None], []),
    ],
)
def test_an_answer_takes_so_many_foreign_calls_every_time(
    fake: FakeSspi, call: str, arguments: list[str], expected: list[str]
) -> None:
    calls: list[str] = []

    def count(name: str, function: Callable[..., int], *arguments: object) -> int:
        calls.append(name)
        return function(*arguments)

    for name in ENUMERATE, QUERY, FREE:
        core.wrap(fake.library, name, functools.partial(count, name))
    for times in 1, 2, 3:
        with suppress(PackageNotFoundError, ValueError, TypeError):
            getattr(sspi_pkginfo, call)(*arguments)
        assert calls == expected * times


def test_query_max_token_reads_no_whole_package_nor_does_the_search_for_a_name(
    faulty: FaultyLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faulty.told_to() as library:
        core.refuse_to_read_whole_packages(monkeypatch)
        with pytest.raises(AssertionError, match="a whole package was read"):
            library.query_package("Package 0")
        assert library.query_max_token("Package 1") == 2888


def test_no_answer_is_kept(fake: FakeSspi) -> None:
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
    later = {f"sspi_pkginfo.{name}" for name in ("_captures", "_cli", "_tables", "testing")}
    assert not later & ours


def test_the_import_loads_no_native_library() -> None:
    watch = (
        "import ctypes, sys; sys.addaudithook(lambda event, arguments: event == 'ctypes.dlopen'"
        " and sys.exit(f'loaded {arguments}')); import sspi_pkginfo"
    )
    assert "sspi_pkginfo" in modules_after(watch)
