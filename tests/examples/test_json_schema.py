"""What `--json` prints and what a capture may be, against the schema of docs/reference/."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
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


def with_ntlm(**changes: object) -> dict[str, Any]:
    good = PackageInfo("NTLM", "", Capability.INTEGRITY, 1, 10, 2888).to_dict()
    return {"library": "secur32.dll", "packages": [{**good, **changes}]}


# An integer that is written as 2.0 is one to a schema; from_json() takes no fractions.
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer())
FLAGS = st.sampled_from([*Capability.__members__])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 1 << 33) | FRACTIONS | st.text(),
    lambda inner: (
        st.lists(FLAGS | inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@st.composite
def altered_captures(draw: st.DrawFn) -> object:
    """A capture with a change or two, many of which leave a capture."""
    capture = with_ntlm()
    [package] = capture["packages"]
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.sampled_from([capture, package]))
        member = draw(st.sampled_from([*capture, *members("package"), "later"]))
        place[member] = draw(JSON)
        if draw(st.booleans()):
            del place[member]
    return capture


# What is rarely drawn.
@example(capture=with_ntlm(max_token=1 << 32))
@example(capture=with_ntlm(max_token=-1))
@example(capture=with_ntlm(max_token=1.5))
@example(capture=with_ntlm(version=-1))
@example(capture=with_ntlm(rpc_id=1 << 16))
@example(capture=with_ntlm(capabilities=["INTEGRITY", "INTEGRITY"]))
@example(capture=with_ntlm(capabilities=["later"]))
@example(capture=with_ntlm(comment="line\n\0"))
@example(capture=with_ntlm() | {"library": ""})
@example(capture=with_ntlm() | {"library": "x"})
@example(capture=with_ntlm() | {"packages": with_ntlm()["packages"] * 2})
@example(capture=[])
@given(capture=altered_captures())
def test_the_schema_and_from_json_refuse_the_same(
    capture: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "altered.json"
    path.write_text(json.dumps(capture))
    is_valid = validator().is_valid(capture)
    with nullcontext() if is_valid else pytest.raises(ValueError, match=path.name):
        FakeSspi.from_json(path)
