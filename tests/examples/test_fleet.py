"""The example of a fleet under Ansible: docs/examples/fleet, run as its users run it."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.missing import missing
from support.paths import DATA, ROOT, WINDOWS_10, environment
from support.process import run

EXAMPLE = ROOT / "docs" / "examples" / "fleet"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ansible does not run on Windows")

SSPI_PKGINFO = f"{shlex.quote(sys.executable)} -m sspi_pkginfo"
ALL = [package["name"] for package in json.loads(WINDOWS_10.read_bytes())["packages"]]

Host = dict[str, object]


def replay(capture: str, **variables: object) -> Host:
    """A host that replays a capture."""
    path = shlex.quote(str(DATA / f"{capture}.json"))
    return {"sspi_pkginfo_command": f"{SSPI_PKGINFO} --from {path}", **variables}


BROKEN: Host = {"sspi_pkginfo_command": f"{SSPI_PKGINFO} --from nowhere.json"}
GONE: Host = {"ansible_connection": "ssh", "ansible_ssh_executable": "./ssh"}

# Hosts that do not respond, with the reason, and hosts that do.
SILENT = {
    # First by name, so that what is run once for all hosts would be run there. Ansible refuses
    # whatever is to be run there, were it only a message.
    "a-host": ({"ansible_become": True, "ansible_become_method": "runas"}, "runas"),
    "broken": (BROKEN, "sspi-pkginfo: "),
    "gone": (GONE, "connection refused"),
    "slow": ({"sspi_pkginfo_command": "sleep 30;", "sspi_timeout": 1}, "Timed out after 1 second"),
    "strange": ({"sspi_pkginfo_command": "echo hello"}, "hello --json"),
}
MEASURED = {
    "well": replay(
        "windows-10",
        sspi_required=["negotiate", "Kerberos"],
        sspi_unwanted=["Basic"],
        sspi_allowed=[name.lower() for name in ALL],
        sspi_max_tokens={"negotiate": 48256},
    ),
    "wrong": replay(
        "windows-10",
        sspi_required=["Negotiate", "Basic"],
        sspi_unwanted=["wdigest"],
        sspi_allowed=ALL[:-1],
        sspi_max_tokens={"schannel": 1},
    ),
    "raised": replay("windows-10-maxtokensize-65535"),
}
DEVIATIONS = {
    "well": [],
    "wrong": [
        "lacks Basic",
        "still offers wdigest",
        "CREDSSP is not in sspi_allowed",
        "Schannel has max token 24576, not 1",
    ],
    "raised": [
        "Negotiate has max token 65791, not 48256",
        "Kerberos has max token 65535, not 48000",
        "CREDSSP has max token 90567, not 73032",
    ],
}


class Run(NamedTuple):
    status: int
    output: str
    hosts: dict[str, Any]
    text: str


def play(folder: Path, *arguments: object) -> Run:
    program = Path(sys.executable).with_name("ansible-playbook")
    if not program.exists():
        missing("ansible-core", "pip install ansible-core")
    (folder / "ssh").write_text("#!/bin/sh\necho connection refused >&2\nexit 255\n")
    (folder / "ssh").chmod(0o755)
    report = folder / "report"
    # Ansible refuses to run in any other encoding.
    variables = environment(ANSIBLE_HOME=str(folder), ANSIBLE_NOCOLOR="1", LC_ALL="C.UTF-8")
    options = ["-e", f"sspi_report_path={report}", *arguments]
    command = [program, EXAMPLE / "playbook.yml", *options]
    done = run(*command, cwd=folder, env=variables, timeout=120, status=None)
    output = done.stdout + done.stderr
    if "--check" in arguments:
        return Run(done.returncode, output, {}, "")
    assert report.with_suffix(".json").exists(), output
    hosts = json.loads(report.with_suffix(".json").read_text())["hosts"]
    return Run(done.returncode, output, hosts, report.with_suffix(".txt").read_text())


def play_on(folder: Path, hosts: dict[str, Host], *arguments: str) -> Run:
    """Play on hosts that are all this machine."""
    inventory = {"all": {"vars": {"ansible_connection": "local"}, "hosts": hosts}}
    (folder / "hosts.json").write_text(json.dumps(inventory))
    return play(folder, "-i", "hosts.json", *arguments)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Run:
    silent = {name: host for name, (host, _) in SILENT.items()}
    return play_on(tmp_path_factory.mktemp("fleet"), silent | MEASURED)


@pytest.mark.parametrize("host", DEVIATIONS)
def test_a_host_is_measured_by_what_is_wanted_of_it_and_by_most_of_the_fleet(
    fleet: Run, host: str
) -> None:
    assert fleet.hosts[host]["deviations"] == DEVIATIONS[host]


@pytest.mark.parametrize("host", SILENT)
def test_a_host_that_does_not_respond_is_reported_with_the_reason(fleet: Run, host: str) -> None:
    [deviation] = fleet.hosts[host]["deviations"]
    assert deviation.startswith("no response: ")
    assert SILENT[host][1] in deviation


def test_the_report_has_the_max_tokens_of_every_host(fleet: Run) -> None:
    assert {*fleet.hosts["well"]["max_tokens"]} == {*ALL}
    assert fleet.hosts["raised"]["max_tokens"]["Negotiate"] == 65791
    assert fleet.hosts["broken"]["max_tokens"] == {}


def test_the_text_has_every_deviation_and_is_shown(fleet: Run) -> None:
    expected = ["8 hosts, 3 responded, 7 deviate"]
    for host, report in sorted(fleet.hosts.items()):
        if report["deviations"]:
            expected += ["", host, *(f"  {deviation}" for deviation in report["deviations"])]
    assert fleet.text.splitlines() == expected
    assert [line for line in expected if json.dumps(line) not in fleet.output] == []


def test_the_hosts_that_deviate_fail_and_no_other(fleet: Run) -> None:
    recap = fleet.output.rpartition("PLAY RECAP")[2]
    failed = {line.split()[0] for line in recap.splitlines() if "failed=1" in line}
    assert (fleet.status, failed) == (2, {*fleet.hosts} - {"well"})
    for host in failed:
        assert f'"msg": {json.dumps("; ".join(fleet.hosts[host]["deviations"]))}' in fleet.output


@pytest.mark.parametrize("host", [GONE, BROKEN], ids=["unreachable", "failing"])
def test_a_fleet_without_any_response_is_reported_and_fails_only_if_it_should(
    tmp_path: Path, host: Host
) -> None:
    run = play_on(tmp_path, {"a-host": host}, "-e", "sspi_fail=false")
    assert run.text.startswith("1 hosts, 0 responded, 1 deviate\n\na-host\n  no response: ")
    assert run.status == 0


def test_check_shows_the_report_and_writes_nothing(tmp_path: Path) -> None:
    run = play_on(tmp_path, {"well": replay("windows-10")}, "--check")
    assert '"1 hosts, 1 responded, 0 deviate"' in run.output
    assert (run.status, [*tmp_path.glob("report*")]) == (0, [])


def test_no_host_is_accused_of_a_max_token_on_which_the_fleet_is_divided(tmp_path: Path) -> None:
    hosts = {
        "old": replay("windows-7", sspi_max_tokens={"Kerberos": 48000}),
        "new": replay("windows-10"),
    }
    run = play_on(tmp_path, hosts)
    assert run.hosts["new"]["deviations"] == []
    assert run.hosts["old"]["deviations"] == ["Kerberos has max token 12000, not 48000"]
    assert "\nno max token that most hosts have: CREDSSP, Kerberos, Negotiate\n" in run.text


def test_the_page_shows_what_the_example_of_an_inventory_reports(tmp_path: Path) -> None:
    for host, capture, last in [
        ("files", "windows-7", "WDigest"),
        ("web01", "windows-10", "WDigest"),
        ("web02", "windows-10", "AcmeSSP"),
    ]:
        text = (DATA / f"{capture}.json").read_text("utf-8").replace('"WDigest"', f'"{last}"')
        (tmp_path / f"{host}.example.com.json").write_text(text, "utf-8")
    command = f"{SSPI_PKGINFO} --from {tmp_path}/{{{{ inventory_hostname }}}}.json"
    extra = {"ansible_connection": "local", "sspi_pkginfo_command": command}
    run = play(tmp_path, "-i", EXAMPLE / "inventory.example.yml", "-e", json.dumps(extra))
    page = (ROOT / "docs" / "how-to" / "fleet.md").read_text("utf-8")
    assert f"```text\n{run.text}```\n" in page
