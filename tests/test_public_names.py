"""What `sspi_pkginfo` exports, and that no private file shows through."""

import pickle
import typing

import pytest

import sspi_pkginfo
from sspi_pkginfo import Capability, PackageInfo, PackageNotFoundError, RpcAuthn


def test_exports_the_names_of_the_contract() -> None:
    assert sorted(sspi_pkginfo.__all__) == [
        "Capability",
        "LibraryLoadError",
        "PackageDict",
        "PackageInfo",
        "PackageNotFoundError",
        "RpcAuthn",
        "SspiError",
        "SspiLibrary",
        "default_library",
        "enumerate_packages",
        "query_max_token",
        "query_package",
    ]


@pytest.mark.parametrize("name", sorted({*sspi_pkginfo.__all__} - {"PackageDict"}))
def test_each_name_says_that_it_is_of_sspi_pkginfo(name: str) -> None:
    assert getattr(sspi_pkginfo, name).__module__ == "sspi_pkginfo"


def test_each_name_is_shown_by_dir() -> None:
    assert {*sspi_pkginfo.__all__, "__version__"} <= {*dir(sspi_pkginfo)}


@pytest.mark.parametrize("name", ["query_packages", "_no_such_file"])
def test_another_name_is_an_attribute_error(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"^module 'sspi_pkginfo' has no attribute '{name}'$"):
        getattr(sspi_pkginfo, name)


def test_the_type_that_to_dict_returns_can_be_named() -> None:
    hints = typing.get_type_hints(PackageInfo.to_dict)
    assert hints == {"return": sspi_pkginfo.PackageDict}


def test_pickles_name_no_private_file() -> None:
    package = PackageInfo("NTLM", "", Capability.INTEGRITY, 1, RpcAuthn.WINNT, 2888)
    error = PackageNotFoundError("QuerySecurityPackageInfoW", 0x80090305, "Negotiat")
    assert b"sspi_pkginfo._" not in pickle.dumps((package, error))
