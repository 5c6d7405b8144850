"""What `--json` prints and what a capture may be, against the schema of docs/reference/."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.command import printed
from support.missing import missing
from support.paths import CAPTURES, ROOT, WINDOWS_10

from sspi_pkginfo import Capability, PackageInfo, SspiLibrary
from sspi_pkginfo._captures import read
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


def validator(command: str = "listing") -> Any:
    """A validator of what one command prints."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        missing("jsonschema", "pip install jsonschema")
    Draft202012Validator.check_schema(SCHEMA)
    return Draft202012Validator(SCHEMA | {"$ref": f"#/$defs/{command}"})


def members(command: str) -> set[str]:
    """The names of the members that the schema describes."""
    definitions = SCHEMA["$defs"]
    own = {*definitions[command]["properties"]}
    return own | {*definitions["package"]["properties"]} if command == "show" else own


def test_the_schema_itself_is_that_of_the_list() -> None:
    assert SCHEMA["$ref"] == "#/$defs/listing"


# What is printed


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_prints_what_its_schema_describes(library: SspiLibrary, command: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sspi_pkginfo._cli.default_library", lambda: library)
        answer = json.loads(printed("--json", *COMMANDS[command]))
    validator(command).validate(answer)
    assert {*answer} == members(command)
    for package in answer["packages"] if command == "listing" else ():
        assert {*package} == members("package")


def test_a_process_prints_what_the_schema_describes() -> None:
    command = [sys.executable, "-m", "sspi_pkginfo", "--json"]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    validator().validate(json.loads(output))


def test_the_largest_and_the_smallest_values_fit_the_schema() -> None:
    most = PackageInfo("", "", Capability(0xFFFFFFFF), 0xFFFF, 0xFFFE, 0xFFFFFFFF)
    least = PackageInfo("\N{KEY}", "\ud800", Capability(0), 0, 0, 0)
    with FakeSspi([most, least]):
        validator().validate(json.loads(printed("--json")))


# What is read


def is_capture(content: object, path: Path) -> bool:
    path.write_text(json.dumps(content))
    try:
        read(path)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_the_captures_of_real_machines_are_valid(path: Path) -> None:
    validator().validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize("command", ["show", "maxToken", "matrix"])
def test_what_another_command_printed_is_not_a_listing(command: str, tmp_path: Path) -> None:
    answer = json.loads(printed(*COMMANDS[command], "--json", "--from", str(WINDOWS_10)))
    assert not validator().is_valid(answer)
    assert not is_capture(answer, tmp_path / "capture.json")


# An integer that is written as 2.0 is one to a schema; from_json() takes no fractions.
FRACTIONS = st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer())
NUMBERS = st.integers(-2, 1 << 33) | FRACTIONS
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(["library", "packages", *members("package"), "later"])


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Each container in a JSON value, with each of its keys."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@st.composite
def altered_captures(draw: st.DrawFn) -> object:
    """A capture with a change or two, many of which leave a capture."""
    capture = copy.deepcopy(draw(st.sampled_from(LISTINGS)))
    for _ in range(draw(st.integers(1, 2))):
        found = [*places(capture)]
        if not found:
            break
        container, key = draw(st.sampled_from(found))
        change = draw(st.sampled_from(["replace", "delete", "insert", "repeat"]))
        if change == "replace":
            container[key] = draw(JSON)
        elif change == "delete":
            del container[key]
        elif isinstance(container, list):
            container.insert(key, draw(JSON) if change == "insert" else container[key])
        else:
            container[draw(NAMES | st.text(max_size=3))] = draw(JSON)
    return capture


LISTINGS = [json.loads(path.read_bytes()) for path in CAPTURES]
LISTINGS = [listing | {"packages": listing["packages"][:2]} for listing in LISTINGS]


def differ_in_more_than_case(capture: object) -> bool:
    """Whether no two packages that differ have names that do not, which a schema cannot say."""
    packages = capture.get("packages") if isinstance(capture, dict) else None
    names: dict[str, object] = {}
    for package in packages if isinstance(packages, list) else ():
        name = package.get("name") if isinstance(package, dict) else None
        if isinstance(name, str) and names.setdefault(name.lower(), package) != package:
            return False
    return True


@given(capture=altered_captures())
def test_the_schema_and_from_json_refuse_the_same(
    capture: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(differ_in_more_than_case(capture))
    path = tmp_path_factory.getbasetemp() / "altered.json"
    assert is_capture(capture, path) == validator().is_valid(capture)


def with_ntlm(**changes: object) -> dict[str, Any]:
    good = PackageInfo("NTLM", "", Capability.INTEGRITY, 1, 10, 2888).to_dict()
    return {"library": "secur32.dll", "packages": [{**good, **changes}]}


@pytest.mark.parametrize(
    "changes",
    [
        {"max_token": -1},
        {"max_token": 1 << 32},
        {"max_token": "2888"},
        {"max_token": True},
        {"rpc_id": 0x10000},
        {"version": 1.5},
        {"capabilities": ["INTEGRITY", "INTEGRITY"]},
        {"capabilities": [1]},
        {"capabilities": 3},
        {"comment": None},
        {"name": "NTLM\0"},
        {"comment": "line\n\0"},
    ],
    ids=str,
)
def test_the_schema_and_from_json_refuse(changes: dict[str, object], tmp_path: Path) -> None:
    assert not validator().is_valid(with_ntlm(**changes))
    assert not is_capture(with_ntlm(**changes), tmp_path / "capture.json")


@pytest.mark.parametrize(
    "changes",
    [{"library": ""}, {"library": None}, {"packages": {}}, {"packages": [1]}],
    ids=str,
)
def test_the_schema_and_from_json_refuse_a_listing_with(
    changes: dict[str, object], tmp_path: Path
) -> None:
    assert not validator().is_valid(with_ntlm() | changes)
    assert not is_capture(with_ntlm() | changes, tmp_path / "capture.json")


def test_the_schema_and_from_json_refuse_a_package_that_is_there_twice(tmp_path: Path) -> None:
    listing = with_ntlm()
    listing["packages"] *= 2
    assert not validator().is_valid(listing)
    assert not is_capture(listing, tmp_path / "capture.json")


@pytest.mark.parametrize(
    "changes",
    [{}, {"later": None}, {"name": ""}, {"comment": "line\n"}, {"capabilities": ["later"]}],
    ids=str,
)
def test_the_schema_and_from_json_allow(changes: dict[str, object], tmp_path: Path) -> None:
    validator().validate(with_ntlm(**changes))
    assert is_capture(with_ntlm(**changes), tmp_path / "capture.json")
