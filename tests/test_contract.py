"""What every native library has to answer, whichever it is."""

import dataclasses
import enum
import gc
import pickle

import pytest

from sspi_pkginfo import (
    Capability,
    PackageInfo,
    PackageNotFoundError,
    RpcAuthn,
    SspiError,
    SspiLibrary,
)

UNKNOWN_NAMES = {
    "unknown": "nope",
    "empty": "",
    "prefix of a name": "Negot",
    "name with a space behind it": "NTLM ",
    "million characters": "x" * 1_000_000,
    "lone high surrogate": "\ud800",
    "lone low surrogate": "NTLM\udc00",
    "beyond the basic plane": "\N{KEY}",
}


def test_lists_negotiate_and_ntlm(library: SspiLibrary) -> None:
    assert {"Negotiate", "NTLM"} <= {package.name for package in library.enumerate_packages()}


def test_lists_packages_in_the_same_order_each_time(library: SspiLibrary) -> None:
    assert library.enumerate_packages() == library.enumerate_packages()


def test_gives_every_field_its_type(library: SspiLibrary) -> None:
    packages = library.enumerate_packages()
    assert type(packages) is tuple
    for package in packages:
        types = [type(getattr(package, field.name)) for field in dataclasses.fields(package)]
        assert types[:4] == [str, str, Capability, int]
        assert types[4] in (RpcAuthn, int)
        assert types[5] is int


def test_queries_each_package_that_it_lists(library: SspiLibrary) -> None:
    packages = library.enumerate_packages()
    assert [library.query_package(package.name) for package in packages] == [*packages]


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.swapcase])
def test_ignores_the_case_of_a_name(library: SspiLibrary, spell: type[str]) -> None:
    for package in library.enumerate_packages():
        assert library.query_package(spell(package.name)) == package
        assert library.query_max_token(spell(package.name)) == package.max_token


def test_tells_the_max_token_that_it_lists(library: SspiLibrary) -> None:
    packages = library.enumerate_packages()
    answers = [library.query_max_token(package.name) for package in packages]
    assert answers == [package.max_token for package in packages]


@pytest.mark.parametrize("call", ["query_package", "query_max_token"])
@pytest.mark.parametrize("name", UNKNOWN_NAMES.values(), ids=UNKNOWN_NAMES)
def test_says_that_it_has_no_such_package(
    library: SspiLibrary, call: str, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PackageNotFoundError) as caught:
        getattr(library, call)(name)
    error = caught.value
    assert (error.name, error.status) == (name, 0x80090305)
    assert (error.symbol, error.function) == ("SEC_E_SECPKG_NOT_FOUND", "QuerySecurityPackageInfoW")
    assert isinstance(error, SspiError)
    assert isinstance(error, LookupError)
    assert len(str(error)) < 1000
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("call", ["query_package", "query_max_token"])
@pytest.mark.parametrize("name", [None, b"NTLM", 4, ["NTLM"]])
def test_takes_no_name_that_is_not_a_str(library: SspiLibrary, call: str, name: object) -> None:
    with pytest.raises(TypeError, match=type(name).__name__):
        getattr(library, call)(name)


@pytest.mark.parametrize("call", ["query_package", "query_max_token"])
@pytest.mark.parametrize("name", ["NTLM\0x", "\0", "NTLM\0"])
def test_takes_no_name_with_a_nul_in_it(library: SspiLibrary, call: str, name: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        getattr(library, call)(name)


def test_says_no_more_than_eighty_characters_of_a_name_with_a_nul(library: SspiLibrary) -> None:
    with pytest.raises(ValueError, match="NUL") as caught:
        library.query_package("\0" + "x" * 1000)
    assert str(caught.value).endswith(f": {chr(0) + 'x' * 79!r}")


def test_takes_a_subclass_of_str(library: SspiLibrary) -> None:
    class Package(str, enum.Enum):  # noqa: UP042 - its str() is "Package.NTLM"
        NTLM = "NTLM"

    assert library.query_package(Package.NTLM).name == "NTLM"
    assert library.query_max_token(Package.NTLM) > 0


def test_answers_are_worth_as_much_after_the_buffer_is_gone(library: SspiLibrary) -> None:
    before = library.enumerate_packages()
    copies = pickle.dumps(before)
    for _ in range(1000):  # the native side gets its memory back, and writes over it
        library.enumerate_packages()
    gc.collect()
    assert pickle.loads(copies) == before


def test_is_described_by_its_path(library: SspiLibrary) -> None:
    assert repr(library) == f"SspiLibrary({library.path!r})"
    assert library.path


def test_packages_can_be_told_apart_in_a_set(library: SspiLibrary) -> None:
    packages = library.enumerate_packages()
    assert len({*packages, *library.enumerate_packages()}) == len(packages)
    assert all(isinstance(package, PackageInfo) for package in packages)
