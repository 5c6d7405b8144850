"""What is a capture and what is not, and which packages SSPI can express."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from support.command import complaint, printed
from support.paths import WINDOWS_10

from sspi_pkginfo import Capability, PackageInfo, RpcAuthn
from sspi_pkginfo.testing import FakeSspi

NTLM = PackageInfo("NTLM", "NTLM Security Package", Capability.INTEGRITY, 1, RpcAuthn.WINNT, 2888)
WHAT_IT_IS = "a capture is what `sspi-pkginfo --json` printed"


def altered(**changes: object) -> PackageInfo:
    return dataclasses.replace(NTLM, **changes)  # type: ignore[arg-type]


def listing(**changes: object) -> dict[str, object]:
    """A listing of two packages, of which the second has these changes."""
    packages = [altered(name="Kerberos").to_dict(), {**NTLM.to_dict(), **changes}]
    return {"library": "secur32.dll", "packages": packages}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(content: object) -> str:
    """Write a capture of that content, and return its name."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    Path("capture.json").write_bytes(data)
    return "capture.json"


def refused(content: object) -> str:
    """Return what is wrong with the capture of that content, as --from and from_json report it."""
    message = complaint("--from", written(content))
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FakeSspi.from_json("capture.json")
    assert message.startswith("capture.json: ")
    return message.removeprefix("capture.json: ")


def replayed(content: object) -> object:
    """Return what --json prints of the capture of that content."""
    return json.loads(printed("--json", "--from", written(content)))


# Captures


def test_a_number_that_is_no_rpc_id_stays_a_plain_int() -> None:
    packages = FakeSspi.from_json(written(listing(rpc_id=22))).packages
    assert [type(package.rpc_id) for package in packages] == [RpcAuthn, int]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("marks", ["", "\ufeff"], ids=["", "another byte order mark"])
def test_a_capture_may_be_in_any_unicode_encoding(encoding: str, marks: str) -> None:
    text = marks + json.dumps(listing(comment="é\N{KEY}"), ensure_ascii=False)
    assert replayed(text.encode(encoding)) == listing(comment="é\N{KEY}")


def test_members_that_are_not_known_and_names_of_capabilities_are_ignored() -> None:
    assert replayed(listing(later=[{}]) | {"source": 3, "max_token": 1}) == listing()
    content = listing(capabilities=["FUTURE", "Any text"], capabilities_value=0x80000003)
    assert replayed(content)["packages"][1]["capabilities_value"] == 0x80000003


@pytest.mark.parametrize("member", NTLM.to_dict())
def test_a_member_that_is_missing_is_named(member: str) -> None:
    content = listing()
    del content["packages"][1][member]
    which = "package 2" if member == "name" else "package 2 ('NTLM')"
    assert refused(content) == f"{which}: {member} is missing"


NUMBERS = 'null|true|"48000"|2.0|1e+300|[]|{}|-1|'
NO_VALUES = {  # as JSON writes them
    "name comment": ("be a string, not", "null|true|1|[]|{}"),
    "comment name": ("not contain a NUL character:", r'"a\u0000b"'),
    "version rpc_id": ("be an integer from 0 to 65535, not", NUMBERS + "65536"),
    "capabilities_value max_token": (
        "be an integer from 0 to 4294967295, not",
        NUMBERS + "4294967296",
    ),
    "capabilities": ("be an array of different strings, not", 'null|"A"|{}|[1]|["A", "A"]'),
}


@pytest.mark.parametrize(
    ("field", "must", "value"),
    [
        (field, must, value)
        for fields, (must, values) in NO_VALUES.items()
        for field in fields.split()
        for value in values.split("|")
    ],
)
def test_a_value_that_sspi_cannot_express_is_refused(field, must, value: str) -> None:
    assert refused(listing(**{field: json.loads(value)})).endswith(f": {field} must {must} {value}")


def test_a_number_of_thousands_of_digits_is_refused_with_its_field() -> None:
    content = json.dumps(listing()).replace("2888", "9" * 5000).encode()
    assert "('Kerberos'): max_token must be an integer" in refused(content)


@pytest.mark.parametrize("name", ["Kerberos", "KERBEROS"])
def test_two_packages_whose_names_differ_at_most_in_case_are_refused(name: str) -> None:
    assert refused(listing(name=name)) == (
        f"package 2 ({name!r}): has the same name as package 1 ('Kerberos')"
    )


def test_names_that_are_one_in_one_case_only_are_two() -> None:
    kelvin = listing(name="\N{KELVIN SIGN}erberos")
    assert replayed(kelvin) == kelvin
    both = [altered(name=i) for i in ("i", "\N{LATIN SMALL LETTER DOTLESS I}")]
    assert FakeSspi(both).packages == tuple(both)


@pytest.mark.parametrize("value", ["null", '""', "1", "{}"])
def test_a_listing_with_a_member_of_another_kind_is_refused(value: str) -> None:
    wrong = json.loads(value)
    library = f"library must be a string that is not empty, not {value}"
    assert refused(listing() | {"library": wrong}) == library
    if value != "{}":
        package = f"package 1 must be an object, not {value}"
        assert refused(listing() | {"packages": [wrong]}) == package
        assert refused(listing() | {"packages": wrong}) == f"packages must be an array, not {value}"


@pytest.mark.parametrize("command", ["show NAME", "max-token NAME", "matrix"])
def test_what_another_command_printed_is_recognized(command: str) -> None:
    argv = command.replace("NAME", "ntlm").split()
    content = printed(*argv, "--json", "--from", str(WINDOWS_10)).encode()
    message = f"this is what `sspi-pkginfo {command} --json` printed; {WHAT_IT_IS}"
    assert refused(content) == message


NO_CAPTURE = {
    "no library": (b'{"packages": []}', "library is missing"),
    "no packages": (b'{"library": "x"}', "packages is missing"),
    "array": (b"[]", "must be a JSON object, not []"),
    "null": (b"null", "must be a JSON object, not null"),
    "empty": (b"", "empty"),
    "blank": (b" \r\n", "empty"),
    "truncated": (json.dumps(listing()).encode()[:100], "not JSON in line 1, column "),
    "printed without --json": (b"Library: secur32.dll\n", "not JSON in line 1, column 1: "),
    "brackets": (b"[" * 200_000, "nested too deeply"),
    "NaN": (b'{"library": NaN}', "not JSON: NaN is not a number"),
    "zipped": (b"PK\x03\x04\x14\xff\x08\x08", "not UTF-8 text"),
    "surrogates in UTF-8": (b'{"library": "\xed\xa0\xbd\xed\xb4\x91"}', "not UTF-8 text"),
    "half a character": (json.dumps(listing()).encode("utf-16")[:-1], "not UTF-16-LE text"),
    "huge": (b" " * (1 << 24) + b"{}", "too large"),
}


@pytest.mark.parametrize(("content", "message"), NO_CAPTURE.values(), ids=NO_CAPTURE)
def test_what_is_no_capture_is_refused_with_what_a_capture_is(content, message) -> None:
    got = refused(content)
    assert got.startswith(message)
    assert got.endswith(f"; {WHAT_IT_IS}")


def test_a_capture_may_be_as_large_as_it_is_read() -> None:
    assert replayed(json.dumps(listing()).encode().ljust(1 << 24)) == listing()


def test_a_value_of_more_than_80_characters_is_shortened_in_the_message() -> None:
    assert refused(listing(max_token="9" * 78)).endswith(f', not "{"9" * 78}"')
    assert refused(listing(max_token="9" * 79)).endswith(f', not "{"9" * 76}...')


def test_a_file_that_is_missing_is_a_file_not_found_error() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        FakeSspi.from_json("no-such-file")


# Packages. Values are shown as Python writes them.

WRONG: dict[str, tuple[dict[str, object], type[Exception], str]] = {
    "bytes": ({"name": b"NTLM"}, TypeError, ": name must be a string, not b'NTLM'"),
    "None": ({"comment": None}, TypeError, " ('NTLM'): comment must be a string, not None"),
    "text": ({"capabilities": "X"}, TypeError, "be an integer from 0 to 4294967295, not 'X'"),
    "bool": ({"rpc_id": True}, TypeError, "rpc_id must be an integer from 0 to 65535, not True"),
    "NUL": ({"name": "NTLM\0x"}, ValueError, r"not contain a NUL character: 'NTLM\x00x'"),
    # Read back, the two are one character.
    "a pair": ({"comment": "\ud83d\udd11"}, ValueError, r"a pair of surrogates: '\ud83d\udd11'"),
    "huge": ({"max_token": 10**5000}, ValueError, "4294967295, not a very large int"),
    "low": ({"max_token": -(10**5000)}, ValueError, "4294967295, not a very large int"),
    "a name twice": ({"name": "kerberos"}, ValueError, "has the same name as package 1"),
}


@pytest.mark.parametrize(("changes", "error", "message"), WRONG.values(), ids=WRONG)
def test_a_package_that_sspi_cannot_express_is_an_error_at_once(changes, error, message) -> None:
    with pytest.raises(error, match=f"^package 2.*{re.escape(message)}") as caught:
        FakeSspi([altered(name="Kerberos"), altered(**changes)])
    assert type(caught.value) is error


def test_what_is_no_package_is_a_type_error() -> None:
    message = "package 2 must be a PackageInfo, not {'name': 'NTLM'}"
    with pytest.raises(TypeError, match=f"^{message}$"):
        FakeSspi([NTLM, {"name": "NTLM"}])  # type: ignore[list-item]


def test_packages_that_sspi_can_express_are_kept_in_their_order() -> None:
    least = PackageInfo("", "", Capability(0), 0, 0, 0)
    most = PackageInfo("\ud800", "\N{KEY}", Capability(0xFFFFFFFF), 65535, 65535, 0xFFFFFFFF)
    assert FakeSspi(iter([NTLM, most, least])).packages == (NTLM, most, least)


def test_a_capture_is_not_read_from_a_number_which_may_be_an_open_file() -> None:
    with pytest.raises(TypeError):
        FakeSspi.from_json(1)  # type: ignore[arg-type]
