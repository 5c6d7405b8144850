"""What `sspi_pkginfo` exports, and that no private file shows through."""

import pickle

import pytest

import sspi_pkginfo
from sspi_pkginfo import Capability, PackageInfo, PackageNotFoundError, RpcAuthn


def test_exports_the_names_of_the_contract() -> None:
    assert sorted(sspi_pkginfo.__all__) == [
        "Capability",
        "LibraryLoadError",
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


@pytest.mark.parametrize("name", sspi_pkginfo.__all__)
def test_each_name_says_that_it_is_of_sspi_pkginfo(name: str) -> None:
    assert getattr(sspi_pkginfo, name).__module__ == "sspi_pkginfo"


def test_pickles_name_no_private_file() -> None:
    package = PackageInfo("NTLM", "", Capability.INTEGRITY, 1, RpcAuthn.WINNT, 2888)
    error = PackageNotFoundError("QuerySecurityPackageInfoW", 0x80090305, "Negotiat")
    assert b"sspi_pkginfo._" not in pickle.dumps((package, error))
