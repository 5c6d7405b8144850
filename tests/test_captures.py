"""What is a capture and what is not, and which packages SSPI can express."""

import dataclasses
import json
from pathlib import Path

import pytest
from support.command import complaint, printed
from support.paths import WINDOWS_10

from sspi_pkginfo import Capability, PackageInfo, RpcAuthn
from sspi_pkginfo._captures import check_packages, read

NTLM = PackageInfo("NTLM", "NTLM Security Package", Capability.INTEGRITY, 1, RpcAuthn.WINNT, 2888)
WHAT_IT_IS = "a capture is what `sspi-pkginfo --json` printed"
NUMBERS = {"capabilities_value": 32, "version": 16, "rpc_id": 16, "max_token": 32}


def listing(**changes: object) -> dict[str, object]:
    """A listing of two packages, of which the second has these changes."""
    kerberos = dataclasses.replace(NTLM, name="Kerberos").to_dict()
    return {"library": "secur32.dll", "packages": [kerberos, {**NTLM.to_dict(), **changes}]}


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return what is wrong with the capture of that content, as --from reports it."""
    monkeypatch.chdir(tmp_path)

    def why(content: object) -> str:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        Path("capture.json").write_bytes(data)
        message = complaint("--from", "capture.json")
        with pytest.raises(ValueError, match=r"^capture\.json: ") as caught:
            read("capture.json")
        assert str(caught.value) == message
        return message.removeprefix("capture.json: ")

    return why


@pytest.fixture
def replayed(tmp_path: Path):
    """Return what --json prints of the capture of that content."""

    def listing(content: object) -> dict[str, object]:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (tmp_path / "capture.json").write_bytes(data)
        return json.loads(printed("--json", "--from", str(tmp_path / "capture.json")))

    return listing


# Captures


def test_a_capture_is_its_library_and_its_packages(tmp_path: Path) -> None:
    (tmp_path / "capture.json").write_text(json.dumps(listing()))
    capture = read(tmp_path / "capture.json")
    assert capture.library == "secur32.dll"
    assert capture.packages == (dataclasses.replace(NTLM, name="Kerberos"), NTLM)


def test_a_number_that_is_an_rpc_id_becomes_its_member_and_another_stays_an_int(
    tmp_path: Path,
) -> None:
    (tmp_path / "capture.json").write_text(json.dumps(listing(rpc_id=22)))
    known, unknown = (package.rpc_id for package in read(tmp_path / "capture.json").packages)
    assert known is RpcAuthn.WINNT
    assert type(unknown) is int


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_capture_may_be_in_any_unicode_encoding(replayed, encoding: str) -> None:
    text = json.dumps(listing(comment="é\N{KEY}"), ensure_ascii=False)
    assert replayed(text.encode(encoding)) == listing(comment="é\N{KEY}")


def test_members_that_are_not_known_are_ignored(replayed) -> None:
    content = listing(later=[{}]) | {"source": 3, "max_token": 1}
    assert replayed(content) == listing()


def test_the_value_of_the_capabilities_counts_and_not_their_names(replayed) -> None:
    content = listing(capabilities=["FUTURE", "Any text"], capabilities_value=0x80000003)
    assert replayed(content)["packages"][1]["capabilities_value"] == 0x80000003


def test_a_surrogate_may_stand_alone(replayed) -> None:
    assert replayed(listing(name="\ud800", comment="\udc00\ud800")) == listing(
        name="\ud800", comment="\udc00\ud800"
    )


@pytest.mark.parametrize("member", ["library", "packages"])
def test_a_capture_without_one_of_its_members_is_refused(refused, member: str) -> None:
    content = listing()
    del content[member]
    assert refused(content) == f"{member} is missing; {WHAT_IT_IS}"


@pytest.mark.parametrize("member", NTLM.to_dict())
def test_a_package_without_one_of_its_members_is_refused(refused, member: str) -> None:
    content = listing()
    del content["packages"][1][member]
    which = "package 2" if member == "name" else "package 2 ('NTLM')"
    assert refused(content) == f"{which}: {member} is missing"


@pytest.mark.parametrize(("field", "bits"), NUMBERS.items())
@pytest.mark.parametrize("value", [None, True, "48000", 2.0, 1.5, 1e300, [], {}, -1])
def test_a_number_that_is_no_unsigned_integer_is_refused(refused, field, bits, value) -> None:
    most = (1 << bits) - 1
    assert refused(listing(**{field: value})) == (
        f"package 2 ('NTLM'): {field} must be an integer from 0 to {most}, not {value!r}"
    )


@pytest.mark.parametrize(("field", "bits"), NUMBERS.items())
def test_a_number_has_as_many_bits_as_in_c(refused, replayed, field: str, bits: int) -> None:
    assert replayed(listing(**{field: (1 << bits) - 1}))["packages"][1][field] == (1 << bits) - 1
    assert f"not {1 << bits}" in refused(listing(**{field: 1 << bits}))


def test_a_number_of_thousands_of_digits_is_refused_with_its_field(refused) -> None:
    content = json.dumps(listing()).replace("2888", "9" * 5000).encode()
    assert "('Kerberos'): max_token must be an integer" in refused(content)


@pytest.mark.parametrize("field", ["name", "comment"])
@pytest.mark.parametrize("value", [None, True, 1, [], {}])
def test_a_text_that_is_no_string_is_refused(refused, field: str, value: object) -> None:
    which = "package 2" if field == "name" else "package 2 ('NTLM')"
    message = f"{which}: {field} must be a string, not {value!r}"
    assert refused(listing(**{field: value})) == message


@pytest.mark.parametrize("field", ["name", "comment"])
def test_a_text_with_a_nul_is_refused(refused, field: str) -> None:
    message = f"{field} must not contain a NUL character: 'a\\x00b'"
    assert refused(listing(**{field: "a\0b"})).endswith(message)


def test_a_text_with_a_pair_of_surrogates_is_refused() -> None:
    with pytest.raises(ValueError, match=r"NTLM") as caught:
        check_packages([altered("comment", "\ud83d\udd11")])
    assert str(caught.value) == (
        r"package 1 ('NTLM'): comment must not contain a pair of surrogates: '\ud83d\udd11'"
    )


@pytest.mark.parametrize("value", [None, "INTEGRITY", {}, [1], ["A", None], ["A", "A"]], ids=str)
def test_capabilities_that_are_no_array_of_different_strings_are_refused(refused, value) -> None:
    assert refused(listing(capabilities=value)) == (
        f"package 2 ('NTLM'): capabilities must be an array of different strings, not {value!r}"
    )


@pytest.mark.parametrize("name", ["Kerberos", "KERBEROS", "kerberos"])
def test_two_packages_whose_names_differ_at_most_in_case_are_refused(refused, name: str) -> None:
    assert refused(listing(name=name)) == (
        f"package 2 ({name!r}): has the same name as package 1 ('Kerberos')"
    )


def test_names_that_are_one_in_one_case_only_are_two(replayed) -> None:
    kelvin = listing(name="\N{KELVIN SIGN}erberos")
    assert replayed(kelvin) == kelvin
    both = [dataclasses.replace(NTLM, name=i) for i in ("i", "\N{LATIN SMALL LETTER DOTLESS I}")]
    assert check_packages(both) == tuple(both)


@pytest.mark.parametrize("library", [None, "", 1, [], {}], ids=repr)
def test_a_library_that_is_no_text_is_refused(refused, library: object) -> None:
    message = f"library must be a string that is not empty, not {library!r}"
    assert refused(listing() | {"library": library}) == message


@pytest.mark.parametrize("packages", [None, "", 1], ids=repr)
def test_packages_that_are_no_array_are_refused(refused, packages: object) -> None:
    message = f"packages must be an array, not {packages!r}"
    assert refused(listing() | {"packages": packages}) == message


def test_a_package_that_is_no_object_is_refused(refused) -> None:
    assert refused({"library": "x", "packages": [1]}) == "package 1 must be an object, not 1"


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["show", "ntlm"], "show NAME"),
        (["max-token", "ntlm"], "max-token NAME"),
        (["matrix"], "matrix"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_another_command_printed_is_recognized(refused, argv, command: str) -> None:
    content = printed(*argv, "--json", "--from", str(WINDOWS_10)).encode()
    assert refused(content) == (
        f"this is what `sspi-pkginfo {command} --json` printed; {WHAT_IT_IS}"
    )


@pytest.mark.parametrize("content", [[], "x", 1, None, True], ids=repr)
def test_json_that_is_no_object_is_refused(refused, content: object) -> None:
    assert refused(content) == f"must be a JSON object, not {content!r}; {WHAT_IT_IS}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", f"the file is empty; {WHAT_IT_IS}"),
        (b" \r\n", f"the file is empty; {WHAT_IT_IS}"),
        (json.dumps(listing()).encode()[:100], "not JSON: "),
        (b"Library: secur32.dll\n", "not JSON: "),
        (b"[" * 200_000, "not a capture: nested too deeply"),
        (b'{"packages":' * 200_000, "not a capture: nested too deeply"),
        (b'{"library": NaN}', "not JSON: NaN is not a number"),
        (b'{"later": -Infinity}', "not JSON: -Infinity is not a number"),
        (b'{"library": "\xe9"}', "not UTF-8 text: "),
        (b'{"library": "\xed\xa0\xbd\xed\xb4\x91"}', "not UTF-8 text: "),
        (json.dumps(listing()).encode("utf-16")[:-1], "not UTF-16-LE text: "),
        (b" " * (1 << 24) + b"{}", f"the file is too large; {WHAT_IT_IS}"),
    ],
    ids=[
        "empty",
        "blank",
        "truncated",
        "text",
        "brackets",
        "braces",
        "NaN",
        "Infinity",
        "Latin-1",
        "surrogates in UTF-8",
        "half a character of UTF-16",
        "huge",
    ],
)
def test_a_file_that_is_no_json_is_refused(refused, content: bytes, message: str) -> None:
    assert refused(content).startswith(message)


def test_a_capture_may_be_as_large_as_it_is_read(replayed) -> None:
    data = json.dumps(listing()).encode()
    assert replayed(data.ljust(1 << 24)) == listing()


def test_a_value_of_more_than_80_characters_is_shortened_in_the_message(refused) -> None:
    assert refused(listing(max_token="9" * 78)).endswith(f", not '{'9' * 78}'")
    assert refused(listing(max_token="9" * 79)).endswith(f", not '{'9' * 76}...")


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_too_large_to_print_is_named_by_its_type(sign: int) -> None:
    with pytest.raises(ValueError, match=r", not a very large int$"):
        check_packages([altered("max_token", sign * 10**5000)])


def test_a_file_that_is_missing_is_a_file_not_found_error() -> None:
    with pytest.raises(FileNotFoundError, match="no-such-file"):
        read("no-such-file")


# Packages


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", b"NTLM"),
        ("comment", None),
        ("capabilities", "INTEGRITY"),
        ("version", 1.0),
        ("rpc_id", True),
        ("max_token", "48000"),
    ],
)
def test_a_package_with_a_field_of_the_wrong_type_is_a_type_error(field: str, value) -> None:
    with pytest.raises(TypeError, match=rf"^package 2.*: {field} must be .*, not ") as caught:
        check_packages([PackageInfo("A", "", Capability(0), 0, 0, 0), altered(field, value)])
    assert field == "name" or "'NTLM'" in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "NTLM\0x"),
        ("comment", "\ud83d\udd11"),
        ("capabilities", 1 << 32),
        ("version", 0x10000),
        ("rpc_id", -1),
        ("max_token", 1 << 32),
        ("max_token", 10**5000),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else "",
)
def test_a_package_that_sspi_cannot_express_is_a_value_error(field: str, value) -> None:
    with pytest.raises(ValueError, match=rf"^package 1 \('NTLM.*'\): {field} must "):
        check_packages([altered(field, value)])


def altered(field: str, value: object) -> PackageInfo:
    return dataclasses.replace(NTLM, **{field: value})


@pytest.mark.parametrize(
    "thing", [None, "NTLM", NTLM.to_dict()], ids=lambda thing: str(type(thing))
)
def test_what_is_no_package_is_a_type_error(thing: object) -> None:
    with pytest.raises(TypeError) as caught:
        check_packages([NTLM, thing])
    shown = repr(thing) if len(repr(thing)) <= 80 else f"{repr(thing)[:77]}..."
    assert str(caught.value) == f"package 2 must be a PackageInfo, not {shown}"


def test_two_packages_of_one_name_are_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"^package 2 \('ntlm'\): has the same name as .*'NTLM'"):
        check_packages([NTLM, dataclasses.replace(NTLM, name="ntlm")])


def test_packages_that_sspi_can_express_are_returned_in_their_order() -> None:
    least = PackageInfo("", "", Capability(0), 0, 0, 0)
    most = PackageInfo("\ud800", "\N{KEY}", Capability(0xFFFFFFFF), 65535, 65535, 0xFFFFFFFF)
    assert check_packages(iter([NTLM, most, least])) == (NTLM, most, least)
