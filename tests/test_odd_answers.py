"""What a native library may get wrong, done on request by the library with faults."""

import ctypes
import pickle
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support import core
from support.native import CALLS, FaultyLibrary
from support.paths import environment
from support.process import run

import sspi_pkginfo
from sspi_pkginfo import Capability, PackageInfo, PackageNotFoundError, RpcAuthn, SspiError

INSUFFICIENT_MEMORY = 0x80090300
INTERNAL_ERROR = 0x80090304
ALL_BITS = 0xFFFFFFFF
ENUMERATE, QUERY = "EnumerateSecurityPackagesW", "QuerySecurityPackageInfoW"
OF_THE_CALL = {
    "enumerate_packages": ("enumerate", ENUMERATE),
    "query_package": ("query", QUERY),
    "query_max_token": ("query", QUERY),
}


def test_a_library_without_faults_answers_plainly(faulty: FaultyLibrary) -> None:
    with faulty.told_to() as library:
        package = PackageInfo("Package 2", "Comment 2", Capability(3), 1, RpcAuthn.WINNT, 2888)
        assert library.enumerate_packages()[2] == package
        assert library.query_package("Package 2") == package
        assert library.query_max_token("Package 2") == 2888


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("buffer_on_error", [False, True])
@pytest.mark.parametrize(
    ("status", "symbol"),
    [(INSUFFICIENT_MEMORY, "SEC_E_INSUFFICIENT_MEMORY"), (0x8009ABCD, None), (1, None)],
)
def test_an_error_status_is_an_sspi_error(
    faulty: FaultyLibrary, call: str, status: int, symbol: str | None, buffer_on_error: bool
) -> None:
    kind, function = OF_THE_CALL[call]
    with faulty.told_to(**{f"{kind}_status": status}, buffer_on_error=buffer_on_error) as library:
        with pytest.raises(SspiError) as caught:
            CALLS[call](library)
        listed = kind == "query" and core.has_the_guard(library)
        assert faulty.handed_out == buffer_on_error + listed
    error = caught.value
    assert (type(error), error.status, error.symbol) == (SspiError, status, symbol)
    assert error.function == function
    assert str(error).startswith(f"{function} failed with ")
    assert f"0x{status:08X}" in str(error)


def test_a_list_that_changes_between_two_calls_is_the_new_one(faulty: FaultyLibrary) -> None:
    with faulty.told_to() as library:
        assert library.query_package("Package 2").name == "Package 2"
        faulty.faults.packages, faulty.faults.first = 2, 7
        names = [package.name for package in library.enumerate_packages()]
        assert names == ["Package 7", "Package 8"]
        assert library.query_max_token("Package 8") == 2888
        with pytest.raises(
            PackageNotFoundError, match=r"^no security package is named 'Package 2'$"
        ):
            library.query_package("Package 2")


def test_null_strings_are_empty(faulty: FaultyLibrary) -> None:
    with faulty.told_to(null_strings=True) as library:
        packages = library.enumerate_packages()
    assert [(package.name, package.comment) for package in packages] == [("", "")] * 3


@pytest.mark.parametrize("call", CALLS)
def test_a_success_with_a_null_pointer_is_an_internal_error(
    faulty: FaultyLibrary, call: str
) -> None:
    with faulty.told_to() as library:
        CALLS[call](library)  # so that the guard knows the names and does not enumerate them first
        faulty.faults.null_array = True
        with pytest.raises(SspiError) as caught:
            CALLS[call](library)
    _, function = OF_THE_CALL[call]
    assert (caught.value.symbol, caught.value.function) == ("SEC_E_INTERNAL_ERROR", function)
    assert str(caught.value) == f"{function} succeeded but set a NULL pointer"


def test_no_packages_are_an_empty_tuple(faulty: FaultyLibrary) -> None:
    with faulty.told_to(packages=0) as library:
        assert library.enumerate_packages() == ()
    with faulty.told_to(packages=0, null_array=True) as library:
        assert library.enumerate_packages() == ()


def test_every_bit_is_kept_and_none_is_a_sign(faulty: FaultyLibrary) -> None:
    with faulty.told_to(capabilities=ALL_BITS, max_token=ALL_BITS) as library:
        capabilities = library.enumerate_packages()[0].capabilities
        assert library.query_max_token("Package 0") == ALL_BITS
    assert capabilities == ALL_BITS
    assert pickle.loads(pickle.dumps(capabilities)) == ALL_BITS


@pytest.mark.parametrize(
    ("number", "kind"), [*((rpc.value, RpcAuthn) for rpc in RpcAuthn), (22, int), (0xFFFE, int)]
)
def test_a_known_rpc_id_is_a_member_and_any_other_an_int(
    faulty: FaultyLibrary, number: int, kind: type
) -> None:
    with faulty.told_to(rpc_id=number) as library:
        for package in (library.enumerate_packages()[0], library.query_package("Package 0")):
            assert (package.rpc_id, type(package.rpc_id)) == (number, kind)


def test_nothing_is_read_past_the_end_of_array_and_strings(faulty: FaultyLibrary) -> None:
    with faulty.told_to(guard=True) as library:
        packages = library.enumerate_packages()
        assert [package.comment for package in packages] == ["Comment 0", "Comment 1", "Comment 2"]
        assert library.query_package("Package 1") == packages[1]
        assert library.query_max_token("Package 1") == 2888


READ_TO_THE_END = """
import ctypes, sys
from pathlib import Path
from support.native import CALLS, FaultyLibrary

faulty = FaultyLibrary(Path(sys.argv[1]))
faulty.ask(guard=1)
count, array = ctypes.c_uint32(), ctypes.c_void_p()
native = getattr(ctypes, "WinDLL", ctypes.CDLL)(sys.argv[1])
native.EnumerateSecurityPackagesW(ctypes.byref(count), ctypes.byref(array))
pointer = ctypes.sizeof(ctypes.c_void_p)
size = 3 * {8: 32, 4: 20}[pointer]
comment = ctypes.c_void_p.from_address(array.value + size - pointer)
address, size = {"array": (array, size), "comment": (comment, 20)}[sys.argv[2]]
ctypes.string_at(address, size)
print("the end", flush=True)
ctypes.string_at(address, size + 1)
print("past it")
"""


@pytest.mark.parametrize("what", ["array", "comment"])
def test_a_read_past_the_end_would_end_the_process(faulty_path: Path, what: str) -> None:
    ended = run(sys.executable, "-c", READ_TO_THE_END, faulty_path, what, status=None)
    assert ended.stdout == "the end\n", ended.stderr
    if sys.platform == "win32":
        # ctypes can make an exception of it there.
        assert ended.returncode != 0
    else:
        assert -ended.returncode in (signal.SIGSEGV, signal.SIGBUS)


def test_strings_need_not_be_aligned(faulty: FaultyLibrary) -> None:
    with faulty.told_to(unaligned=True) as library:
        assert library.query_package("Package 1").comment == "Comment 1"


@pytest.mark.parametrize(
    "text",
    [
        *("\ud800", "\udc00\ud800", "a\udfff", "\N{KEY}", "é\uffff", "a\u0100", "a\u0100a\u0100"),
        *("a" * 255, "\u0100" * 256, "a" * 257, "\N{KEY}" * 500),
    ],
    ids=lambda text: f"{len(text)} from U+{ord(text[0]):04X}",
)
def test_a_string_may_be_any_utf_16_code_units_and_long(faulty: FaultyLibrary, text: str) -> None:
    with faulty.told_to(comment=text, name=text, guard=True) as library:
        assert library.query_package(text).comment == text


def test_a_hundred_thousand_packages(faulty: FaultyLibrary) -> None:
    with faulty.told_to(packages=100_000) as library:
        packages = library.enumerate_packages()
    assert len(packages) == 100_000
    assert packages[99_999].name == "Package 99999"


@pytest.mark.parametrize("call", CALLS)
def test_a_failing_free_is_a_resource_warning(faulty: FaultyLibrary, call: str) -> None:
    with faulty.told_to() as library:
        answer = CALLS[call](library)
    with faulty.told_to(free_status=INTERNAL_ERROR) as library:
        with pytest.warns(ResourceWarning, match=r"FreeContextBuffer .*SEC_E_INTERNAL_ERROR"):
            assert CALLS[call](library) == answer


def test_the_warning_names_the_line_that_called(faulty: FaultyLibrary) -> None:
    with faulty.told_to(free_status=INTERNAL_ERROR) as library:
        with pytest.warns(ResourceWarning) as caught:
            library.enumerate_packages()
            assert library.query_package("Package 0").max_token == 2888
            assert library.query_max_token("Package 0") == 2888
    assert {warning.filename for warning in caught} == {__file__}
    assert len({warning.lineno for warning in caught}) == 3


@pytest.mark.parametrize("call", CALLS)
def test_a_free_that_ctypes_could_not_call_is_called_again(
    faulty: FaultyLibrary, call: str
) -> None:
    attempts = []

    def fail_at_first(free: Callable[[object], int], buffer: object) -> int:
        attempts.append(buffer)
        if len(attempts) == 1:
            raise ctypes.ArgumentError("argument 1: MemoryError")
        return free(buffer)

    core.wrap(faulty.library, "FreeContextBuffer", fail_at_first)
    with faulty.told_to() as library:
        CALLS[call](library)
        assert len(attempts) == faulty.handed_out + 1


VENDORED = """
from mytool._vendor.sspi_pkginfo.testing import FakeSspi
fake = FakeSspi([])
fake.fail("FreeContextBuffer", 0x80090304)
fake.library.enumerate_packages()
"""


def test_the_warning_of_a_vendored_copy_names_the_tool_that_called(tmp_path: Path) -> None:
    package, vendor = Path(sspi_pkginfo.__file__).parent, tmp_path / "mytool" / "_vendor"
    # Wine 8 lacks what copy2 takes from 3.14 on.
    shutil.copytree(package, vendor / "sspi_pkginfo", copy_function=shutil.copy)
    tool = vendor.with_name("call.py")
    tool.write_text(VENDORED)
    command = (sys.executable, "-W", "always", "-c", "import mytool.call")
    done = run(*command, env=environment(PYTHONPATH=str(tmp_path)))
    assert done.stderr.startswith(f"{tool}:5: ResourceWarning: FreeContextBuffer ")


@pytest.mark.skipif(sys.platform == "win32", reason="ctypes reads Windows' strings")
@pytest.mark.parametrize("text", ["", "NTLM", "a\u0100", "\N{KEY}"])
def test_a_string_at_the_end_of_the_address_space_is_read(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    string = ctypes.create_string_buffer(f"{text}\0".encode(f"utf-16-{sys.byteorder[0]}e"))
    address = ctypes.addressof(string)
    monkeypatch.setattr(core.native(), "LAST", address - 1)
    monkeypatch.delattr(core.native(), "_memory_at")  # the view would go past the end
    assert core.native().from_native(address) == text


@pytest.mark.skipif(sys.platform == "win32", reason="ctypes reads Windows' strings")
def test_no_view_of_memory_goes_past_the_end_of_the_address_space() -> None:
    size = ctypes.sizeof(core.native()._memory_at(0))
    assert core.native().LAST + size <= 1 << 8 * ctypes.sizeof(ctypes.c_void_p)
