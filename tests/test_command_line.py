"""The command line, as people and scripts meet it."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import complaint, printed, run
from support.paths import WINDOWS_10

import sspi_pkginfo
from sspi_pkginfo import Capability, LibraryLoadError, PackageInfo, RpcAuthn
from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi

COMMANDS = ([], ["list"], ["show", "Kerberos"], ["max-token", "Kerberos"], ["matrix"])
NAMES = (
    "Negotiate, NegoExtender, Kerberos, NTLM, TSSSP, pku2u, CloudAP, WDigest, Schannel, "
    "Microsoft Unified Security Protocol Provider, Default TLS SSP, CREDSSP"
)

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda argv: " ".join(argv))
posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell and /dev/full")


@pytest.fixture
def windows_10() -> Iterator[FakeSspi]:
    """The Windows 10 machine's packages as the default library."""
    with FakeSspi.from_json(WINDOWS_10) as fake:
        yield fake


# Answers; how they look is in test_tables.py


@pytest.mark.parametrize("argv", [[], ["list"]], ids=["no command", "list"])
def test_lists_every_package_with_its_max_token_and_its_comment(windows_10, argv) -> None:
    library, empty, headings, _, *rows = printed(*argv, columns=120).splitlines()
    assert (library, empty) == ("Library: FakeSspi", "")
    assert headings.split() == ["Name", "Max", "token", "Comment"]
    assert [" ".join(row.split()) for row in rows] == [
        f"{p.name} {p.max_token} {p.comment}" for p in windows_10.packages
    ]


def test_show_prints_one_package_in_full(windows_10) -> None:
    lines = [" ".join(line.split()) for line in printed("show", "kerberos").splitlines()]
    assert lines[2:8] == [
        "Kerberos",
        "Comment: Microsoft Kerberos V1.0",
        "Max token: 48000 bytes",
        "RPC id: GSS_KERBEROS (16)",
        "Version: 1",
        "Capabilities: 0x028F3BBF",
    ]
    assert f"DELEGATION {Capability.DELEGATION.description}" in lines


def test_show_says_what_a_max_token_of_zero_means(windows_10) -> None:
    assert "0 bytes: this package gives applications no token." in printed("show", "CloudAP")
    assert "no token" not in printed("show", "Kerberos")


def test_show_gives_an_rpc_id_without_a_name_as_a_number(windows_10) -> None:
    assert "RPC id:        22\n" in printed("show", "TSSSP")


def test_max_token_prints_only_the_number(windows_10) -> None:
    assert printed("max-token", "NEGOTIATE") == "48256\n"


def test_matrix_shows_for_each_package_what_it_reports(windows_10) -> None:
    *_, table, _ = printed("matrix", columns=120).split("\n\n")
    rows = {row.split()[-1]: row.split()[:-1] for row in table.splitlines()}
    for flag in Capability:
        has = [flag in package.capabilities for package in windows_10.packages]
        assert [mark != "." for mark in rows.get(flag.name, ["."] * 12)] == has


# JSON


@pytest.mark.parametrize("argv", [[], ["list"]], ids=["no command", "list"])
def test_json_lists_what_to_dict_gives(windows_10, argv: list[str]) -> None:
    assert json.loads(printed(*argv, "--json")) == {
        "library": "FakeSspi",
        "packages": [package.to_dict() for package in windows_10.packages],
    }


def test_json_of_show_is_the_library_and_what_to_dict_gives(windows_10) -> None:
    assert json.loads(printed("show", "kerberos", "--json")) == {
        "library": "FakeSspi",
        **windows_10.packages[2].to_dict(),
    }


def test_json_of_max_token_has_the_name_as_it_was_written(windows_10) -> None:
    assert json.loads(printed("max-token", "--json", "kerberos")) == {
        "library": "FakeSspi",
        "name": "kerberos",
        "max_token": 48000,
    }


def test_json_of_matrix_has_the_names_of_each_packages_flags(windows_10) -> None:
    assert json.loads(printed("matrix", "--json")) == {
        "library": "FakeSspi",
        "packages": {p.name: p.to_dict()["capabilities"] for p in windows_10.packages},
    }


def test_json_is_indented_for_people(windows_10) -> None:
    assert printed("max-token", "--json", "NTLM").splitlines() == [
        "{",
        '  "library": "FakeSspi",',
        '  "name": "NTLM",',
        '  "max_token": 2888',
        "}",
    ]


def test_json_is_printable_ascii_for_any_code_page_and_terminal() -> None:
    package = PackageInfo("Ñ\x7f\x1b\u202e", "é\ud800\N{KEY}", Capability(0), 1, RpcAuthn.NONE, 1)
    with FakeSspi([package]):
        output = printed("--json")
    assert output.isascii()
    assert output.replace("\n", "").isprintable()
    assert json.loads(output)["packages"] == [package.to_dict()]


# Options


@each_command
def test_options_may_be_before_a_command_and_after_it(windows_10, command: list[str]) -> None:
    assert printed("--json", *command) == printed(*command, "--json")


def test_posixly_correct_changes_nothing(windows_10, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSIXLY_CORRECT", "1")
    assert printed("max-token", "Kerberos", "--json") == printed("--json", "max-token", "Kerberos")


@each_command
def test_from_shows_a_capture_as_it_looked_on_its_machine(command: list[str], windows_10) -> None:
    windows_10.library._path = "secur32.dll"
    with FakeSspi([]):
        replayed = [
            printed(*command, *more, "--from", str(WINDOWS_10)) for more in ([], ["--json"])
        ]
    assert replayed == [printed(*command, *more) for more in ([], ["--json"])]


def test_from_replays_what_json_printed(tmp_path: Path) -> None:
    packages = [
        PackageInfo("New", "\ud800 \N{KEY} \x1b", Capability(0xFFFFFFFF), 65535, 77, 0xFFFFFFFF),
        PackageInfo("", "", Capability(0), 0, RpcAuthn.ID_NONE, 0),
    ]
    capture = tmp_path / "capture.json"
    with FakeSspi(packages):
        capture.write_text(printed("--json"), "utf-8")
    assert printed("--json", "--from", str(capture)) == capture.read_text("utf-8")


def test_from_matches_a_name_without_regard_to_case() -> None:
    assert printed("max-token", "KERBEROS", "--from", str(WINDOWS_10)) == "48000\n"


def test_from_and_library_together_are_wrong_usage() -> None:
    arguments = ("--library", "x", "list", "--from", str(WINDOWS_10))
    assert complaint(*arguments, status=2) == "--from and --library cannot be used together"


def test_version_prints_the_version_of_the_package() -> None:
    assert printed("--version") == f"sspi-pkginfo {sspi_pkginfo.__version__}\n"


def test_another_library_can_be_named() -> None:
    path = sspi_pkginfo.default_library().path
    assert json.loads(printed("--json", "--library", path)) == {
        "library": path,
        "packages": [package.to_dict() for package in sspi_pkginfo.enumerate_packages()],
    }


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["show", "--help"]], ids=" ".join)
def test_help_explains_every_command_option_and_exit_status(argv: list[str]) -> None:
    text = printed(*argv)
    for line in (
        "List the security packages of this machine. Without a command, lists them all.",
        "  list            list every package: name, maximum token size and comment",
        "  show NAME       show one package in full (NAME is case-insensitive)",
        "  max-token NAME  print only the maximum token size, in bytes",
        "  matrix          show which package has which capability",
        "  --json          print JSON",
        "  --library PATH  use this native library; a bare name is looked up in the",
        "  --from CAPTURE  show what --json printed into this file, here or on another",
        "  --version       print the version",
        "  0    success",
        "  1    the library failed or has no such package, or the capture is not valid",
        "  2    wrong usage",
        "  130  Ctrl-C",
    ):
        assert line in text.splitlines()


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_help_fits_the_terminal(columns: int) -> None:
    assert max(map(len, printed("--help", columns=columns).splitlines())) <= columns


# Failures


@pytest.mark.parametrize("command", ["show", "max-token"])
def test_an_unknown_package_is_reported_with_the_nearest_name(windows_10, command: str) -> None:
    assert complaint(command, "Negotiat") == (
        "no security package is named 'Negotiat'; did you mean Negotiate?"
    )


def test_the_nearest_name_is_found_in_any_case(windows_10) -> None:
    assert complaint("show", "KERBEROZ").endswith("; did you mean Kerberos?")


def test_an_unknown_package_with_no_name_near_is_reported_with_the_names(windows_10) -> None:
    assert (
        complaint("show", "xyzzy")
        == f"no security package is named 'xyzzy'; the packages are {NAMES}"
    )


def test_an_unknown_package_where_there_are_none_is_reported() -> None:
    with FakeSspi([]):
        assert complaint("show", "x") == "no security package is named 'x'; there are none"


def test_a_failing_library_is_reported_with_its_status(windows_10: FakeSspi) -> None:
    windows_10.fail("EnumerateSecurityPackagesW", 0x80090300)
    for command in ([], ["matrix"], ["show", "nope"]):
        assert "SEC_E_INSUFFICIENT_MEMORY" in complaint(*command)


@each_command
def test_a_library_that_cannot_be_loaded_is_reported(command: list[str]) -> None:
    assert "no-such-library" in complaint(*command, "--library", "no-such-library")


def test_no_library_at_all_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_here() -> None:
        raise LibraryLoadError("no SSPI library here")

    monkeypatch.setattr("sspi_pkginfo._cli.default_library", none_here)
    assert complaint() == "no SSPI library here"


def test_a_name_with_a_nul_is_reported(windows_10) -> None:
    assert "NUL" in complaint("show", "NTLM\0x")


@each_command
def test_a_capture_that_is_none_is_reported(command: list[str], tmp_path: Path) -> None:
    capture = tmp_path / "capture.json"
    capture.write_text("{}")
    assert complaint(*command, "--from", str(capture)).startswith(f"{capture}: library is missing")


@pytest.mark.parametrize("path", ["no-such-file.json", "", "."])
def test_a_capture_that_cannot_be_read_is_reported(path: str) -> None:
    assert complaint("--from", path).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["nope"], "no command is named 'nope'; see sspi-pkginfo --help"),
        (["show"], "show takes the NAME of one package"),
        (["max-token"], "max-token takes the NAME of one package"),
        (["max-token", "a", "b"], "max-token takes the NAME of one package"),
        (["list", "x"], "list takes no NAME"),
        (["matrix", "x"], "matrix takes no NAME"),
        (["--nope"], "option --nope not recognized"),
        (["-X"], "option -X not recognized"),
        (["--library"], "option --library requires argument"),
        (["--json=x"], "option --json must not have an argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_exit_status_2_with_the_usage(argv: list[str], message: str) -> None:
    assert complaint(*argv, status=2) == message
    assert run(*argv).err.startswith("usage: sspi-pkginfo [")


def test_a_name_after_two_hyphens_may_begin_with_one() -> None:
    with FakeSspi([PackageInfo("--json", "", Capability(0), 1, 0, 7)]):
        assert printed("max-token", "--", "--json") == "7\n"


@pytest.mark.parametrize(
    "argv",
    [
        ["show", "\x1b[31m\n\u202e\u2028\ud800"],
        ["\x1b[31m\n\u202e"],
        ["--\x1b[31m\n\u202e"],
        ["--library", "\x1b[31m\n\u202e"],
        ["--from", "\x1b[31m\n\u202e"],
    ],
    ids=["name", "command", "option", "library", "capture"],
)
def test_no_message_has_a_character_that_a_terminal_would_act_on(windows_10, argv) -> None:
    message = run(*argv).err
    assert r"\x1b[31m\n\u202e" in message
    assert message.replace("\n", "").isprintable()
    assert len(message.splitlines()) == message.count("\n") <= 2


def test_no_message_has_a_character_of_a_package_that_a_terminal_would_act_on() -> None:
    with FakeSspi([PackageInfo("\x1b[31mred\u202e", "", Capability(0), 1, 0, 1)]):
        assert complaint("show", "x").endswith(r"the packages are \x1b[31mred\u202e")
        assert complaint("show", "[31mred").endswith(r"did you mean \x1b[31mred\u202e?")


def test_a_library_path_is_printed_without_what_a_terminal_would_act_on(windows_10) -> None:
    windows_10.library._path = "\x1b[31m.dll"
    assert printed().startswith("Library: \\x1b[31m.dll\n")


@each_command
def test_an_interrupt_is_exit_status_130(command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sspi_pkginfo._cli.default_library", interrupted)
    try:
        outcome = run(*command)
    except KeyboardInterrupt:
        pytest.fail("the interrupt is not caught")
    assert outcome == (130, "", "")


# Where the output goes


def command(*argv: str) -> list[str]:
    return [sys.executable, "-m", "sspi_pkginfo", *argv]


def from_windows_10(*argv: str) -> list[str]:
    return command(*argv, "--from", str(WINDOWS_10))


def test_runs_as_a_module() -> None:
    done = subprocess.run(command("max-token", "ntlm"), capture_output=True, check=True)
    assert int(done.stdout) == sspi_pkginfo.query_max_token("NTLM")
    assert done.stderr == b""


def test_a_pipe_gets_one_package_a_line() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(from_windows_10(), capture_output=True, check=True, env=environment)
    assert len(done.stdout.splitlines()) == 4 + 12


def test_a_pipe_gets_one_package_a_line_however_long_its_comment(tmp_path: Path) -> None:
    package = PackageInfo("N", "long " * 12_000 + "end", Capability(0), 1, 0, 1)
    capture = tmp_path / "capture.json"
    capture.write_text(json.dumps({"library": "x", "packages": [package.to_dict()]}))
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    arguments = command("--from", str(capture))
    done = subprocess.run(arguments, capture_output=True, check=True, env=environment)
    assert len(done.stdout.splitlines()) == 4 + 1


def test_writes_to_a_stream_that_is_no_file(windows_10, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main(["max-token", "NTLM"]) == 0
    assert sys.stdout.getvalue() == "2888\n"


def test_takes_the_arguments_of_the_process_by_default(windows_10, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["sspi-pkginfo", "max-token", "NTLM"])
    assert main() == 0
    assert capsys.readouterr() == ("2888\n", "")


@pytest.mark.parametrize(
    ("number", "status", "message"),
    [
        (errno.EPIPE, 0, ""),
        (errno.EINVAL, 0, ""),  # a closed pipe on Windows
        (errno.ENOSPC, 1, "sspi-pkginfo: cannot write the answer: No space left on device\n"),
    ],
)
def test_a_full_disk_is_exit_status_1_and_a_closed_pipe_changes_none(
    windows_10, monkeypatch, capsys, number: int, status: int, message: str
) -> None:
    class Broken:
        def write(self, text: str = "") -> None:
            raise OSError(number, os.strerror(number))

        close = write

    monkeypatch.setattr(sys, "stdout", Broken())
    assert main(["max-token", "NTLM"]) == status
    assert capsys.readouterr().err == message


def test_prints_nothing_and_succeeds_where_there_is_no_stdout(windows_10, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as under pythonw.exe
    assert main([]) == 0


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "utf-8"])
def test_a_character_that_a_code_page_lacks_is_escaped(encoding: str, monkeypatch, capsys) -> None:
    stdout = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(stdout, encoding))
    with FakeSspi([PackageInfo("Key", "\u65e5 \ud800", Capability(0), 1, 0, 1)]):
        assert main([]) == 0
    comment = "\u65e5 \\ud800" if encoding == "utf-8" else "\\u65e5 \\ud800"
    assert comment in stdout.getvalue().decode(encoding)
    assert capsys.readouterr().err == ""


# What is run, and its exit status where everything it prints arrives
RUNS = {
    "list": (from_windows_10("list"), 0),
    "max-token": (from_windows_10("max-token", "ntlm"), 0),
    "unknown package": (from_windows_10("max-token", "nope"), 1),
    "wrong usage": (command("nope"), 2),
    "help": (command("--help"), 0),
    "version": (command("--version"), 0),
}
each_run = pytest.mark.parametrize(("arguments", "status"), RUNS.values(), ids=RUNS)
BUFFERS = pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])


def closed_pipe() -> int:
    """Return the writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


@BUFFERS
@each_run
def test_a_closed_pipe_for_stdout_changes_no_exit_status(arguments, status, unbuffered) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    stdout = closed_pipe()
    done = subprocess.run(arguments, stdout=stdout, stderr=subprocess.PIPE, env=environment)
    os.close(stdout)
    assert done.returncode == status
    assert bool(done.stderr) == bool(status)


@BUFFERS
@each_run
def test_a_closed_pipe_for_stderr_changes_no_exit_status(arguments, status, unbuffered) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    stderr = closed_pipe()
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=stderr, env=environment)
    os.close(stderr)
    assert done.returncode == status
    assert bool(done.stdout) != bool(status)


def in_shell(redirection: str, arguments: list[str], unbuffered: str):
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *arguments],
        capture_output=True,
        env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
    )


@posix
@BUFFERS
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full", "2</dev/null"])
@each_run
def test_a_message_that_cannot_be_written_is_never_on_stdout(
    arguments, status, stderr, unbuffered
) -> None:
    done = in_shell(stderr, arguments, unbuffered)
    assert done.returncode == status
    assert bool(done.stdout) != bool(status)


@posix
@BUFFERS
@each_run
def test_a_closed_stdout_changes_no_exit_status(arguments, status, unbuffered) -> None:
    done = in_shell(">&-", arguments, unbuffered)
    assert done.returncode == status
    assert bool(done.stderr) == bool(status)


@posix
@BUFFERS
@pytest.mark.parametrize("stdout", [">/dev/full", "1</dev/null"])
@each_run
def test_an_answer_that_cannot_be_written_is_exit_status_1(
    arguments, status, stdout, unbuffered
) -> None:
    done = in_shell(stdout, arguments, unbuffered)
    assert done.returncode == (status or 1)
    *_, line = done.stderr.splitlines()
    assert line.startswith(b"sspi-pkginfo: ")
    if not status:
        assert line.startswith(b"sspi-pkginfo: cannot write the answer: ")
        assert done.stderr.count(b"\n") == 1


@posix
@each_run
def test_exit_statuses_hold_where_both_streams_are_lost(arguments, status) -> None:
    assert in_shell(">&- 2>&-", arguments, "").returncode == status
    assert in_shell(">/dev/full 2>/dev/full", arguments, "").returncode == (status or 1)


# Ctrl-C


@posix
def test_ctrl_c_is_exit_status_130_without_a_traceback(tmp_path: Path) -> None:
    fifo = tmp_path / "capture.json"
    os.mkfifo(fifo)
    arguments = command("--from", str(fifo))
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with open(fifo, "wb"):  # waits until the command reads it
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


# What a script waits for


def test_max_token_imports_only_what_it_uses() -> None:
    program = (
        "import sys; before = {*sys.modules}; from sspi_pkginfo._cli import main;"
        "assert main(['max-token', 'NTLM']) == 0; print(*{*sys.modules} - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    imported = {*done.stdout.decode().splitlines()[-1].split()}
    others = {"argparse", "json", "difflib", "textwrap", "shutil", "unicodedata"}
    assert not imported & (others | {"sspi_pkginfo._tables", "sspi_pkginfo.testing"})
