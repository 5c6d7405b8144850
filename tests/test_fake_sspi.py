"""FakeSspi, and the captures of real Windows machines that go through it."""

import copy
import json
import pickle
import sys
import threading
from ctypes import addressof, c_char, pointer
from pathlib import Path

import pytest
from support.core import calls_of, guard, wrap
from support.paths import CAPTURES

import sspi_pkginfo
from sspi_pkginfo import Capability, PackageInfo, PackageNotFoundError, RpcAuthn, SspiError
from sspi_pkginfo._native import SecPkgInfoW
from sspi_pkginfo.testing import FakeSspi

QUERY, FREE = "QuerySecurityPackageInfoW", "FreeContextBuffer"
NEGOTIATE = PackageInfo("Negotiate", "", Capability.CONNECTION, 1, RpcAuthn.GSS_NEGOTIATE, 65791)
TSSSP = PackageInfo("TSSSP", "TS Service Security Package", Capability(0x80000000), 1, 22, 13000)


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_capture_comes_out_unchanged(capture: Path) -> None:
    captured = json.loads(capture.read_text())["packages"]
    with FakeSspi.from_json(capture):
        packages = sspi_pkginfo.enumerate_packages()
        assert [package.to_dict() for package in packages] == captured
        assert [sspi_pkginfo.query_package(package["name"]) for package in captured] == [*packages]


def test_is_the_default_library_while_it_is_open() -> None:
    with FakeSspi([NEGOTIATE]) as fake:
        with pytest.raises(ZeroDivisionError), FakeSspi([TSSSP]):
            assert sspi_pkginfo.enumerate_packages() == (TSSSP,)
            raise ZeroDivisionError
        assert sspi_pkginfo.default_library() is fake.library
        assert sspi_pkginfo.enumerate_packages() == (NEGOTIATE,)


def test_one_that_is_closed_out_of_order_is_never_the_default_again() -> None:
    first, second, third = FakeSspi([NEGOTIATE]), FakeSspi([TSSSP]), FakeSspi([])
    with first:
        second.__enter__()
        with third:
            with pytest.raises(RuntimeError, match=r"^a FakeSspi was closed before one that was"):
                second.__exit__(None, None, None)
            assert sspi_pkginfo.default_library() is third.library
        assert sspi_pkginfo.default_library() is first.library


def test_can_be_opened_again_and_closed_as_often() -> None:
    fake = FakeSspi([NEGOTIATE])
    for _ in range(2):
        with fake, fake:
            assert sspi_pkginfo.query_max_token("Negotiate") == 65791
    with pytest.raises(RuntimeError, match=r"^this FakeSspi is not open$"):
        fake.__exit__(None, None, None)


def test_counts_what_it_hands_out_and_gets_back() -> None:
    with FakeSspi([NEGOTIATE, TSSSP]) as fake:
        assert (fake.allocated, fake.freed, fake.outstanding) == (0, 0, 0)
        sspi_pkginfo.enumerate_packages()
        sspi_pkginfo.query_package("tsssp")
        sspi_pkginfo.query_max_token("NEGOTIATE")
        with pytest.raises(PackageNotFoundError):
            sspi_pkginfo.query_package("nope")
        assert (fake.allocated, fake.freed, fake.outstanding) == (3, 3, 0)


@pytest.mark.parametrize("error", [AssertionError, ZeroDivisionError])
def test_a_buffer_outstanding_is_an_error_that_hides_no_other(error: type[Exception]) -> None:
    with pytest.raises(error) as caught, FakeSspi([NEGOTIATE]) as fake:
        wrap(fake.library, FREE, lambda free, buffer: 0)  # loses what it was given
        sspi_pkginfo.enumerate_packages()
        if error is ZeroDivisionError:
            raise error("1 buffers")
    assert "1 buffers" in str(caught.value)


def test_notices_a_buffer_that_it_did_not_hand_out() -> None:
    fake = FakeSspi([NEGOTIATE])
    wrap(fake.library, FREE, lambda free, buffer: free(pointer(SecPkgInfoW())))
    with pytest.warns(ResourceWarning, match="SEC_E_INVALID_HANDLE"):
        fake.library.query_max_token("Negotiate")
    assert (fake.allocated, fake.freed) == (1, 0)


def test_each_function_can_be_told_to_fail_and_to_work_again() -> None:
    with FakeSspi([NEGOTIATE]) as fake:
        for status in (0x80090300, 0xFFFFFFFF, -(1 << 31)):  # as a ULONG, and as a LONG
            fake.fail("EnumerateSecurityPackagesW", status)
            with pytest.raises(SspiError, match="Enumerate") as caught:
                sspi_pkginfo.enumerate_packages()
            assert caught.value.status == status & 0xFFFFFFFF
        fake.fail("EnumerateSecurityPackagesW", 0)
        fake.fail(QUERY, 0x8009030E)
        with pytest.raises(SspiError, match="SEC_E_NO_CREDENTIALS"):
            sspi_pkginfo.query_max_token("Negotiate")
        fake.fail(FREE, 0x80090301)
        with pytest.warns(ResourceWarning, match="SEC_E_INVALID_HANDLE"):
            assert sspi_pkginfo.enumerate_packages() == (NEGOTIATE,)


def test_its_library_copies_as_itself_and_cannot_be_pickled() -> None:
    library = FakeSspi([NEGOTIATE]).library
    assert copy.copy(library) is library
    assert copy.deepcopy({"library": library})["library"] is library
    assert repr(library) == "SspiLibrary('FakeSspi')"
    with pytest.raises(TypeError, match=r"^the library of a FakeSspi cannot be pickled$"):
        pickle.dumps(library)


@pytest.mark.parametrize("status", ["0x80090300", None, 1.0, True, 1 << 32, -(1 << 31) - 1])
def test_only_a_status_of_a_native_function_can_be_told(status: object) -> None:
    error = ValueError if type(status) is int else TypeError
    with pytest.raises(
        error, match=rf"^a status (has 32|must be an int, not {type(status).__name__}$)"
    ):
        FakeSspi([]).fail(FREE, status)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'Acquire' is not one of Enumerate.*, Query.*, Free"):
        FakeSspi([]).fail("Acquire", 1)


def test_keeps_the_memory_that_it_handed_out_until_it_is_freed() -> None:
    with FakeSspi([NEGOTIATE]) as fake:

        def is_kept(package: SecPkgInfoW) -> bool:
            [buffer] = fake._buffers.values()
            return addressof(c_char.from_buffer(buffer)) == addressof(package)

        assert calls_of(fake.library).query("Negotiate", is_kept)


@pytest.mark.parametrize("function", [QUERY, FREE])
def test_its_counts_are_changed_by_one_thread_at_a_time(function: str) -> None:
    reached, go = threading.Event(), threading.Event()

    def pause(native, *arguments) -> int:
        reached.set()
        go.wait(30)
        return native(*arguments)

    def waits() -> bool:
        go.set()
        thread.join(0.3)
        return (fake.allocated, fake.freed) == (int(function == FREE), 0)

    with FakeSspi([NEGOTIATE]) as fake:
        wrap(fake.library, function, pause)
        thread = threading.Thread(target=sspi_pkginfo.query_max_token, args=["Negotiate"])
        thread.start()
        assert reached.wait(30)
        assert guard().alone(waits), "it does not wait for the lock while another thread has it"
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.parametrize("event", range(3))
def test_an_interrupt_as_it_is_opened_leaves_it_open_or_not_open(event: int) -> None:
    before = iter(range(event))

    def interrupt(frame, kind: str, function) -> None:
        # As CPython does: where something is called, and where it returns.
        called = kind.startswith("c_") and frame.f_code is FakeSspi.__enter__.__code__
        if called and next(before, None) is None:
            sys.setprofile(None)
            raise KeyboardInterrupt

    with FakeSspi([]) as outer:
        interrupted = FakeSspi([TSSSP])
        sys.setprofile(interrupt)
        try:
            interrupted.__enter__()
        except KeyboardInterrupt:
            with FakeSspi([NEGOTIATE]):
                pass
            # One that counts as open without being the default would come back now.
            assert sspi_pkginfo.default_library() is outer.library
        else:
            interrupted.__exit__(None, None, None)
        finally:
            sys.setprofile(None)
