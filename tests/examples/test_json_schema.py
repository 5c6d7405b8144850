"""What `--json` prints, against the schema that docs/reference/ publishes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import CAPTURES, missing

from sspi_pkginfo import Capability, PackageInfo, SspiLibrary
from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="rpds, which jsonschema needs, does not load in Wine 8"
)

SCHEMA = Path(__file__).parents[1] / "docs" / "reference" / "listing.schema.json"
COMMANDS = {
    "listing": [],
    "show": ["show", "ntlm"],
    "maxToken": ["max-token", "ntlm"],
    "matrix": ["matrix"],
}


def validator(command: str) -> Any:
    """A validator of one command's answer."""
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        missing("jsonschema", "pip install jsonschema")
    schema = json.loads(SCHEMA.read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema | {"$ref": f"#/$defs/{command}"})


def members(command: str) -> set[str]:
    """The names of the members that the schema describes."""
    definitions = json.loads(SCHEMA.read_bytes())["$defs"]
    own = {*definitions[command]["properties"]}
    return own | {*definitions["package"]["properties"]} if command == "show" else own


def test_the_schema_itself_is_the_lists() -> None:
    assert json.loads(SCHEMA.read_bytes())["$ref"] == "#/$defs/listing"


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.stem)
def test_captures(path: Path) -> None:
    validator("listing").validate(json.loads(path.read_bytes()))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command(
    library: SspiLibrary,
    command: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sspi_pkginfo._cli.default_library", lambda: library)
    assert main(["--json", *COMMANDS[command]]) == 0
    answer = json.loads(capsys.readouterr().out)
    validator(command).validate(answer)
    assert {*answer} <= members(command)
    for package in answer["packages"] if command == "listing" else ():
        assert {*package} == members("package")


def test_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "sspi_pkginfo", "--json"]
    output = subprocess.run(command, capture_output=True, check=True, env=os.environ).stdout
    validator("listing").validate(json.loads(output))


def test_values_at_their_ends(capsys: pytest.CaptureFixture[str]) -> None:
    most = PackageInfo("", "", Capability(0xFFFFFFFF), 0xFFFF, 0xFFFE, 0xFFFFFFFF)
    least = PackageInfo("\N{KEY}", "\ud800", Capability(0), 0, 0, 0)
    with FakeSspi([most, least]):
        assert main(["--json"]) == 0
    validator("listing").validate(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_token": -1},
        {"max_token": "2888"},
        {"rpc_id": 0x10000},
        {"version": 1.5},
        {"capabilities": ["INTEGRITY", "INTEGRITY"]},
        {"capabilities": 3},
        {"comment": None},
    ],
    ids=str,
)
def test_the_schema_refuses_what_no_command_prints(wrong: dict[str, object]) -> None:
    good = PackageInfo("NTLM", "", Capability.INTEGRITY, 1, 10, 2888).to_dict()
    check = validator("listing")
    assert check.is_valid({"library": "secur32.dll", "packages": [good]})
    assert not check.is_valid({"library": "secur32.dll", "packages": [good | wrong]})
    assert not check.is_valid({"packages": [good]})
