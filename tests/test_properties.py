"""What holds for any input, not only for the examples."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.libraries import LIBRARIES

import sspi_pkginfo
from sspi_pkginfo import Capability, PackageInfo, PackageNotFoundError, RpcAuthn
from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi


def as_read_back(text: str) -> str:
    """A pair of surrogates is one character once it has been UTF-16."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


ANY_TEXT = st.text(st.characters(codec=None, categories=None))
TEXTS = st.text(st.characters(exclude_characters="\0", categories=None)).map(as_read_back)
PACKAGES = st.builds(
    PackageInfo,
    name=TEXTS,
    comment=TEXTS,
    capabilities=st.integers(0, 0xFFFFFFFF).map(Capability),
    version=st.integers(0, 0xFFFF),
    rpc_id=st.sampled_from(RpcAuthn)
    | st.integers(0, 0xFFFF).filter(lambda n: n not in {*RpcAuthn}),
    max_token=st.integers(0, 0xFFFFFFFF),
)


@given(st.lists(PACKAGES, max_size=20, unique_by=lambda package: package.name.casefold()))
def test_packages_go_through_native_memory_unchanged(packages: list[PackageInfo]) -> None:
    with FakeSspi(packages) as fake:
        answer = sspi_pkginfo.enumerate_packages()
        assert answer == tuple(packages)
        assert [type(p.rpc_id) for p in answer] == [type(p.rpc_id) for p in packages]
        for package in packages:
            assert sspi_pkginfo.query_package(package.name) == package
            assert sspi_pkginfo.query_max_token(package.name) == package.max_token
        assert fake.outstanding == 0


@given(PACKAGES)
def test_to_dict_survives_json_and_back(package: PackageInfo) -> None:
    assert json.loads(json.dumps(package.to_dict())) == package.to_dict()


@pytest.mark.parametrize("which", LIBRARIES)
@given(name=ANY_TEXT)
def test_any_text_as_a_name_gives_an_answer_or_a_documented_error(which: str, name: str) -> None:
    for library in LIBRARIES[which]():
        try:
            assert library.query_package(name) in library.enumerate_packages()
        except ValueError:
            assert "\0" in name
        except PackageNotFoundError as error:
            assert error.name == name


WORDS = (
    *("list", "show", "max-token", "matrix", "Kerberos"),
    *("--json", "--library", "--from", "--help", "--"),
)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS) | ANY_TEXT, max_size=5))
def test_any_arguments_give_exit_status_0_1_or_2(argv: list[str]) -> None:
    with FakeSspi([PackageInfo("Kerberos", "", Capability(0), 1, 16, 48000)]):
        assert main(argv) in (0, 1, 2)
