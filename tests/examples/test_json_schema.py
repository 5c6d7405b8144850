"""What `--json` prints and what a capture may be, against the schema of docs/reference/."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.command import printed
from support.missing import missing
from support.paths import CAPTURES, ROOT, WINDOWS_10

from sspi_pkginfo import Capability, PackageInfo, SspiLibrary
from sspi_pkginfo.testing import FakeSspi

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="rpds, which jsonschema needs, does not load in Wine 8"
)

SCHEMA = json.loads((ROOT / "docs" / "reference" / "listing.schema.json").read_bytes())
COMMANDS = {
    "listing": ["list"],
    "show": ["show", "ntlm"],
    "maxToken": ["max-token", "ntlm"],
    "matrix": ["matrix"],
}


def validator(definition: str = "listing") -> Any:
    """A validator of what one command prints."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        missing("jsonschema", "pip install jsonschema")
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA | {"$ref": f"#/$defs/{definition}"})


def members(definition: str) -> set[str]:
    """The names of the members that the schema describes."""
    own = {*SCHEMA["$defs"][definition]["properties"]}
    return own | members("package") if definition == "show" else own


def test_the_schema_itself_is_that_of_the_list() -> None:
    assert SCHEMA["$ref"] == "#/$defs/listing"


# What is printed.


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_prints_what_its_schema_describes(
    library: SspiLibrary, command: str, request: pytest.FixtureRequest
) -> None:
    # The stand-in is the default library, and cannot be named.
    fake = request.node.callspec.params["library"] == "FakeSspi"
    named = [] if fake else ["--library", library.path]
    answer = json.loads(printed("--json", *COMMANDS[command], *named))
    validator(command).validate(answer)
    assert {*answer} == members(command)
    for package in answer["packages"] if command == "listing" else ():
        assert {*package} == members("package")


@pytest.mark.parametrize("command", COMMANDS)
def test_no_other_answer_is_valid_and_none_without_a_member_or_its_type(command: str) -> None:
    answer = json.loads(printed("--json", *COMMANDS[command], "--from", str(WINDOWS_10)))
    assert validator(command).is_valid(answer)
    assert validator().is_valid(answer) == (command == "listing")
    assert not validator(command).is_valid([])
    for member in answer:
        assert not validator(command).is_valid({**answer, member: None})
        assert not validator(command).is_valid({k: v for k, v in answer.items() if k != member})


@pytest.mark.parametrize("command", ["show", "maxToken"])
def test_several_names_give_an_array_of_what_each_one_gives(command: str) -> None:
    with FakeSspi.from_json(WINDOWS_10):
        answers = json.loads(printed("--json", *COMMANDS[command], "kerberos"))
    several = validator(f"{command}Several")
    several.validate(answers)
    assert [answer["name"].lower() for answer in answers] == ["ntlm", "kerberos"]
    for wrong in answers[:1], {}, [*answers, {"library": "secur32.dll", "name": "NTLM"}]:
        assert not several.is_valid(wrong)


def test_the_flags_in_a_matrix_are_an_array_of_names() -> None:
    assert not validator("matrix").is_valid({"library": "secur32.dll", "packages": {"NTLM": 3}})


def test_the_largest_and_the_smallest_values_fit_the_schema() -> None:
    most = PackageInfo("", "", Capability(0xFFFFFFFF), 0xFFFF, 0xFFFE, 0xFFFFFFFF)
    least = PackageInfo("\N{KEY}", "\ud800", Capability(0), 0, 0, 0)
    with FakeSspi([most, least]):
        validator().validate(json.loads(printed("--json")))


# What is read.


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_the_captures_of_real_machines_are_valid(path: Path) -> None:
    validator().validate(json.loads(path.read_bytes()))


NTLM = PackageInfo("NTLM", "", Capability.INTEGRITY, 1, 10, 2888).to_dict()
LISTING = {"library": "secur32.dll", "packages": [NTLM]}
VALUES = [  # no 2.0: it is an integer to a schema, and from_json() takes no fractions
    *(None, True, -1, 0, 1.5, 65535, 65536, (1 << 32) - 1, 1 << 32, "", "x", "a\nb", "a\0b"),
    *([], [1], ["later"], ["PRIVACY"] * 2, {}, [{}], [[NTLM]], [NTLM] * 2, {"": [None]}),
]


def altered(content: dict[str, Any], member: str) -> Iterator[dict[str, Any]]:
    """The content without a member, and with each value in its place."""
    yield {name: value for name, value in content.items() if name != member}
    for value in VALUES:
        yield {**content, member: value}


@pytest.mark.parametrize("member", [*LISTING, *NTLM, "later"])
def test_the_schema_and_from_json_refuse_the_same(member: str, tmp_path: Path) -> None:
    schema, path = validator(), tmp_path / "altered.json"
    packages = ({**LISTING, "packages": [package]} for package in altered(NTLM, member))
    for listing in (*altered(LISTING, member), *packages):
        path.write_text(json.dumps(listing))
        try:
            FakeSspi.from_json(path)
        except ValueError as error:
            assert path.name in str(error)
            assert not schema.is_valid(listing), listing
        else:
            assert schema.is_valid(listing), listing
