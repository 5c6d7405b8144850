"""The exceptions: what they carry, what they say, and that they travel."""

import ctypes
import pickle
import sys

import pytest

from sspi_pkginfo import LibraryLoadError, PackageNotFoundError, SspiError

NOT_FOUND = 0x80090305


@pytest.mark.parametrize("status", [NOT_FOUND, NOT_FOUND - (1 << 32)], ids=["ULONG", "LONG"])
def test_the_status_is_unsigned_however_it_came(status: int) -> None:
    error = SspiError("QuerySecurityPackageInfoW", status)
    assert (error.status, error.symbol) == (NOT_FOUND, "SEC_E_SECPKG_NOT_FOUND")


def test_the_message_has_function_symbol_and_status() -> None:
    error = SspiError("EnumerateSecurityPackagesW", 0x80090300)
    assert str(error) == (
        "EnumerateSecurityPackagesW failed with SEC_E_INSUFFICIENT_MEMORY (0x80090300)"
    )


@pytest.mark.parametrize("status", [5, 1722, 0x80070005, 0x8009ABCD])
def test_a_status_without_a_name_has_no_symbol_but_what_windows_says_of_it(status: int) -> None:
    error = SspiError("EnumerateSecurityPackagesW", status)
    assert error.symbol is None
    windows_knows_it = sys.platform == "win32" and status != 0x8009ABCD
    text = f": {ctypes.FormatError(error.winerror)}" if windows_knows_it else ""
    assert str(error) == f"EnumerateSecurityPackagesW failed with 0x{status:08X}{text}"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Negotate", "Negotate"), ("x" * 80, "x" * 80), ("x" * 81, "x" * 80 + "...")],
)
def test_package_not_found_keeps_the_name_whole_and_shows_eighty_characters(
    name: str, shown: str
) -> None:
    error = PackageNotFoundError("QuerySecurityPackageInfoW", NOT_FOUND, name)
    assert (error.name, error.listed) == (name, False)
    assert str(error) == f"no security package is named '{shown}'"


@pytest.mark.parametrize(
    "error",
    [
        SspiError("EnumerateSecurityPackagesW", 0x80090300),
        PackageNotFoundError("QuerySecurityPackageInfoW", NOT_FOUND, "Negotate"),
        PackageNotFoundError("QuerySecurityPackageInfoW", NOT_FOUND, "NTLM", listed=True),
        LibraryLoadError("no SSPI library here"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_survives_pickling_with_its_notes(error: OSError) -> None:
    error.__notes__ = ["while the buffer was sized"]
    copy = pickle.loads(pickle.dumps(error))
    assert copy.__notes__ == ["while the buffer was sized"]
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_carries_on_every_system_what_windows_gives_such_an_oserror() -> None:
    error = SspiError("EnumerateSecurityPackagesW", NOT_FOUND)
    assert (error.errno, error.strerror) == (22, str(error))
    assert (error.filename, error.filename2) == (None, None)
    assert getattr(error, "winerror", -2146893051) == -2146893051
