"""What every native library has to answer, whichever it is."""

import dataclasses
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


def test_gives_every_field_its_type(library: SspiLibrary) -> None:
    packages = library.enumerate_packages()
    assert type(packages) is tuple
    for package in packages:
        assert type(package) is PackageInfo
        types = [type(getattr(package, field.name)) for field in dataclasses.fields(package)]
        assert types[:4] == [str, str, Capability, int]
        assert types[4] is (RpcAuthn if package.rpc_id in [*RpcAuthn] else int)
        assert types[5] is int


@pytest.mark.parametrize("spell", [str, str.lower, str.upper, str.swapcase])
def test_answers_for_each_package_that_it_lists_in_any_case(
    library: SspiLibrary, spell: type[str]
) -> None:
    for package in library.enumerate_packages():
        assert library.query_package(spell(package.name)) == package
        assert library.query_max_token(spell(package.name)) == package.max_token


@pytest.mark.parametrize("call", ["query_package", "query_max_token"])
@pytest.mark.parametrize("name", UNKNOWN_NAMES.values(), ids=UNKNOWN_NAMES)
def test_an_unknown_name_is_package_not_found(
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
def test_a_name_that_is_not_a_str_is_a_type_error(
    library: SspiLibrary, call: str, name: object
) -> None:
    message = f"the name of a security package must be a str, not {type(name).__name__}"
    with pytest.raises(TypeError, match=f"^{message}$"):
        getattr(library, call)(name)


@pytest.mark.parametrize("call", ["query_package", "query_max_token"])
@pytest.mark.parametrize("name", ["NTLM\0x", "\0", "NTLM\0", "\0" + "x" * 100])
def test_a_name_with_a_nul_is_a_value_error_that_shows_eighty_characters(
    library: SspiLibrary, call: str, name: str
) -> None:
    with pytest.raises(ValueError, match="NUL") as caught:
        getattr(library, call)(name)
    assert str(caught.value).endswith(f": {name[:80]!r}")


class Sly(str):
    """A name that hides what is in it."""

    __slots__ = ()

    def __contains__(self, text: str) -> bool:
        return False

    def __len__(self) -> int:
        raise ZeroDivisionError

    def __str__(self) -> str:
        return "Negotiate"


@pytest.mark.parametrize("call", ["query_package", "query_max_token"])
def test_a_subclass_of_str_is_taken_by_its_value_alone(library: SspiLibrary, call: str) -> None:
    with pytest.raises(ValueError, match="NUL"):
        getattr(library, call)(Sly("NTLM\0x"))
    with pytest.raises(PackageNotFoundError, match="is named 'nope'"):
        getattr(library, call)(Sly("nope"))
    assert getattr(library, call)(Sly("NTLM")) == getattr(library, call)("NTLM")


def test_answers_stay_the_same_after_their_buffer_is_reused(library: SspiLibrary) -> None:
    before = library.enumerate_packages()
    copies = pickle.dumps(before)
    for _ in range(1000):  # the native side gets its memory back, and writes over it
        library.enumerate_packages()
    gc.collect()
    assert pickle.loads(copies) == before == library.enumerate_packages()
