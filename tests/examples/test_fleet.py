"""The example of a fleet under Ansible: docs/examples/fleet, run as its users run it."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.libraries import LIBRARIES
from support.missing import missing
from support.paths import DATA, ROOT

EXAMPLE = ROOT / "docs" / "examples" / "fleet"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ansible does not run on Windows")

PYTHON = shlex.quote(sys.executable)
SSPI_RS = f"{PYTHON} -m sspi_pkginfo"

REPLAY = """\
import sys
from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi

with FakeSspi.from_json(sys.argv[1]):
    sys.exit(main(sys.argv[2:]))
"""


def replay(capture: str) -> str:
    return f"{PYTHON} -c {shlex.quote(REPLAY)} {shlex.quote(str(DATA / capture))}"


@dataclass
class Run:
    status: int
    output: str
    hosts: dict[str, Any]
    text: str

    def deviations(self, host: str) -> list[str]:
        return list(self.hosts[host]["deviations"])


class Fleet:
    """Hosts that are all this machine, each with a command, and with variables, of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hosts: dict[str, dict[str, object]] = {}

    def host(self, name: str, command: str, **variables: object) -> None:
        self.hosts[name] = {"sspi_pkginfo_command": command, **variables}

    def run(self, *arguments: str, **variables: Sequence[str] | Mapping[str, int]) -> Run:
        ansible_playbook = Path(sys.executable).with_name("ansible-playbook")
        if not ansible_playbook.exists():
            missing("ansible-core", "pip install ansible-core")
        inventory = {
            "all": {"vars": {"ansible_connection": "local", **variables}, "hosts": self.hosts}
        }
        (self.folder / "inventory.json").write_text(json.dumps(inventory))
        report = self.folder / "report"
        environment = {
            **os.environ,
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            # Ansible refuses to run in any other encoding.
            "LC_ALL": "C.UTF-8",
        }
        done = subprocess.run(
            [
                ansible_playbook,
                EXAMPLE / "playbook.yml",
                "--inventory=inventory.json",
                f"--extra-vars=sspi_report_path={report}",
                *arguments,
            ],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        output = done.stdout + done.stderr
        assert report.with_suffix(".json").exists(), output
        hosts = json.loads(report.with_suffix(".json").read_text())["hosts"]
        return Run(done.returncode, output, hosts, report.with_suffix(".txt").read_text())


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path)


def test_gathers_the_answers_of_different_libraries(fleet: Fleet) -> None:
    libraries = {name: library for name in ("sspi-rs", "WinPR") for library in LIBRARIES[name]()}
    fleet.host("sspi-rs", SSPI_RS)
    fleet.host("winpr", f"{SSPI_RS} --library {libraries['WinPR'].path}")
    fleet.host("windows-10", replay("windows-10.json"))
    run = fleet.run()
    for host, name in ("sspi-rs", "sspi-rs"), ("winpr", "WinPR"):
        assert run.hosts[host]["max_tokens"] == {
            package.name: package.max_token for package in libraries[name].enumerate_packages()
        }
    assert run.hosts["windows-10"]["max_tokens"]["CloudAP"] == 0
    assert "lacks" not in run.text


def test_is_content_with_hosts_that_are_as_they_should_be(fleet: Fleet) -> None:
    fleet.host("one", replay("windows-10.json"))
    fleet.host("two", replay("windows-10.json"))
    run = fleet.run(
        sspi_required=["negotiate", "Kerberos"],
        sspi_unwanted=["Basic"],
        sspi_max_tokens={"negotiate": 48256},
    )
    assert (run.status, run.text) == (0, "2 asked, 2 answered, 0 deviate\n")


def test_reports_hosts_that_lack_a_package(fleet: Fleet) -> None:
    fleet.host("old", replay("windows-7.json"))
    fleet.host("new", replay("windows-10.json"))
    run = fleet.run(sspi_required=["Negotiate", "CloudAP"])
    assert "lacks CloudAP" in run.deviations("old")
    assert "lacks Negotiate" not in run.deviations("old")
    assert run.deviations("new") == []


def test_reports_hosts_that_still_offer_what_should_be_gone(fleet: Fleet) -> None:
    fleet.host("old", replay("windows-7.json"))
    fleet.host("new", replay("windows-10.json"))
    run = fleet.run(sspi_unwanted=["WDIGEST"])
    assert run.deviations("new") == ["still offers WDIGEST"]
    assert "still offers WDIGEST" not in run.deviations("old")


def test_holds_a_max_token_against_most_of_the_fleet(fleet: Fleet) -> None:
    fleet.host("raised", replay("windows-10-maxtokensize-65535.json"))
    fleet.host("one", replay("windows-10.json"))
    fleet.host("two", replay("windows-10.json"))
    run = fleet.run()
    assert run.deviations("one") == run.deviations("two") == []
    assert run.deviations("raised") == [
        "Negotiate has max token 65791, not 48256",
        "Kerberos has max token 65535, not 48000",
        "CREDSSP has max token 90567, not 73032",
    ]


def test_holds_a_max_token_against_the_larger_when_the_fleet_is_divided(fleet: Fleet) -> None:
    fleet.host("large", replay("windows-10.json"))
    fleet.host("small", replay("windows-7.json"))
    run = fleet.run()
    assert run.deviations("large") == []
    assert "Kerberos has max token 12000, not 48000" in run.deviations("small")


def test_holds_a_max_token_against_what_is_expected_whatever_most_say(fleet: Fleet) -> None:
    fleet.host("one", replay("windows-10.json"))
    fleet.host("two", replay("windows-10.json"))
    run = fleet.run(sspi_max_tokens={"Kerberos": 65535})
    assert run.deviations("one") == ["Kerberos has max token 48000, not 65535"]
    assert run.deviations("two") == ["Kerberos has max token 48000, not 65535"]


def test_measures_a_host_by_what_is_wanted_of_that_host(fleet: Fleet) -> None:
    fleet.host("a", replay("windows-10.json"), sspi_max_tokens={"Schannel": 1})
    fleet.host("b", replay("windows-10.json"), sspi_unwanted=["NTLM"])
    fleet.host("c", replay("windows-10.json"), sspi_required=["Basic"])
    run = fleet.run()
    assert run.deviations("a") == ["Schannel has max token 24576, not 1"]
    assert run.deviations("b") == ["still offers NTLM"]
    assert run.deviations("c") == ["lacks Basic"]


@pytest.fixture
def no_way_in(tmp_path: Path) -> dict[str, str]:
    """The variables of a host that cannot be reached."""
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\necho connection refused >&2\nexit 255\n")
    ssh.chmod(0o755)
    return {"ansible_connection": "ssh", "ansible_ssh_executable": str(ssh)}


def test_reports_hosts_that_gave_no_answer(fleet: Fleet, no_way_in: dict[str, str]) -> None:
    # First by name, so that what is run once for all hosts would be run there.
    fleet.host("a-host-gone", SSPI_RS, **no_way_in)
    fleet.host("broken", f"{SSPI_RS} --library nowhere.so")
    fleet.host("slow", "sleep 30;", sspi_timeout=1)
    fleet.host("strange", "echo hello")
    fleet.host("well", replay("windows-10.json"))
    run = fleet.run()
    assert run.status == 2
    assert run.text.startswith("5 asked, 1 answered, 4 deviate\n")
    for host, reason in {
        "a-host-gone": "connection refused",
        "broken": "sspi-pkginfo: cannot load nowhere.so",
        "slow": "Timed out after 1 second",
        "strange": "hello --json",
    }.items():
        [deviation] = run.deviations(host)
        assert deviation.startswith("no answer: ")
        assert reason in deviation
        assert f"\n{host}\n  {deviation}\n" in run.text


def test_reports_a_fleet_that_nobody_can_reach(fleet: Fleet, no_way_in: dict[str, str]) -> None:
    fleet.host("gone", SSPI_RS, **no_way_in)
    run = fleet.run("--extra-vars=sspi_fail=false")
    assert run.status == 0
    assert run.text.startswith("1 asked, 0 answered, 1 deviate\n\ngone\n  no answer: ")


def test_reports_a_fleet_where_the_command_fails(fleet: Fleet) -> None:
    fleet.host("broken", f"{SSPI_RS} --library nowhere.so")
    run = fleet.run("--extra-vars=sspi_fail=false")
    assert run.status == 0
    assert run.text.startswith("1 asked, 0 answered, 1 deviate\n\nbroken\n  no answer: ")


def test_reports_with_a_host_whose_login_is_set_up_wrongly(fleet: Fleet) -> None:
    # Ansible refuses whatever is to be run there, were it only a message.
    fleet.host("a-host", SSPI_RS, ansible_become=True, ansible_become_method="runas")
    fleet.host("well", replay("windows-10.json"))
    run = fleet.run()
    assert run.status == 2
    assert run.text.startswith("2 asked, 1 answered, 1 deviate\n\na-host\n  no answer: ")
    assert "1 deviate" in run.output
    assert f'"msg": "{run.deviations("a-host")[0]}' in run.output


def test_fails_the_hosts_that_deviate_and_no_other(fleet: Fleet) -> None:
    fleet.host("old", replay("windows-7.json"))
    fleet.host("new", replay("windows-10.json"))
    run = fleet.run(sspi_required=["CloudAP"])
    assert run.status == 2
    recap = run.output.rpartition("PLAY RECAP")[2]
    failed = {line.split()[0] for line in recap.splitlines() if "failed=1" in line}
    assert failed == {"old"}


def test_only_reports_when_told_so(fleet: Fleet) -> None:
    fleet.host("old", replay("windows-7.json"))
    run = fleet.run("--extra-vars=sspi_fail=false", sspi_required=["CloudAP"])
    assert (run.status, run.deviations("old")) == (0, ["lacks CloudAP"])


def test_shows_the_report(fleet: Fleet) -> None:
    fleet.host("old", replay("windows-7.json"))
    run = fleet.run(sspi_required=["CloudAP"])
    assert run.text == "1 asked, 1 answered, 1 deviate\n\nold\n  lacks CloudAP\n"
    for line in run.text.splitlines():
        assert f'"{line}"' in run.output


def test_the_example_of_an_inventory_is_one(fleet: Fleet) -> None:
    ansible_inventory = Path(sys.executable).with_name("ansible-inventory")
    if not ansible_inventory.exists():
        missing("ansible-core", "pip install ansible-core")
    done = subprocess.run(
        [ansible_inventory, "-i", EXAMPLE / "inventory.example.yml", "--list"],
        env={**os.environ, "ANSIBLE_HOME": str(fleet.folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    host = json.loads(done.stdout)["_meta"]["hostvars"]["files.example.com"]
    assert host["sspi_required"] == ["Negotiate", "Kerberos", "NTLM", "Schannel"]
    assert host["sspi_max_tokens"] == {"Negotiate": 48256, "Kerberos": 48000}
    assert host["ansible_connection"] == "winrm"
