"""The command line, as people and scripts meet it."""

import contextlib
import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import DATA

import sspi_pkginfo
from sspi_pkginfo import Capability, LibraryLoadError, PackageInfo, RpcAuthn
from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi

WINDOWS_10 = DATA / "windows-10.json"
COMMANDS = ([], ["show", "Kerberos"], ["max-token", "Kerberos"], ["matrix"])


@pytest.fixture
def windows_10():
    with FakeSspi.from_json(WINDOWS_10) as fake:
        yield fake


@pytest.fixture
def printed(windows_10: FakeSspi, capsys, monkeypatch):
    """Run a command that succeeds, in a terminal of so many columns, and return what it prints."""

    def run(*argv: str, columns: int = 80) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        assert main(argv) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    return run


# Lists


def test_no_command_lists_every_package_under_the_librarys_name(printed) -> None:
    lines = printed(columns=132).splitlines()
    assert lines[0] == "Library: FakeSspi"
    assert lines[2].split() == ["Name", "Max", "token", "RPC", "id", "Version", "Comment"]
    assert lines[4].split()[:4] == ["Negotiate", "48256", "GSS_NEGOTIATE", "1"]
    assert lines[8].split()[:4] == ["TSSSP", "13000", "22", "1"]
    assert len(lines) == 4 + 12


def test_numbers_stand_under_one_another(printed) -> None:
    rows = printed(columns=132).splitlines()[4:]
    kerberos, ntlm = rows[2], rows[3]
    assert kerberos.index("48000") + 5 == ntlm.index("2888") + 4


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda argv: argv[0] if argv else "list")
def test_fits_the_terminal(printed, command: list[str], columns: int) -> None:
    lines = printed(*command, columns=columns).splitlines()
    # A matrix needs a capability's name and one mark, however narrow the terminal is.
    assert max(map(len, lines)) <= max(columns, 32 if command == ["matrix"] else 0)


@pytest.mark.parametrize("columns", [30, 40, 60, 80])
def test_wraps_words_and_drops_none(printed, columns: int) -> None:
    words = {word.rstrip(",") for word in printed(columns=columns).split()}
    assert {
        *["Microsoft", "Unified", "Security", "Protocol", "Provider", "CREDSSP", "73032"]
    } <= words


def test_a_pipe_gets_one_package_a_line(windows_10: FakeSspi, capsys, monkeypatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4 + 12


def test_a_machine_without_packages_has_an_empty_table(capsys) -> None:
    with FakeSspi([]):
        assert main([]) == 0
        assert main(["matrix"]) == 0
    assert "Name" in capsys.readouterr().out


def test_prints_to_a_stream_that_is_no_file(windows_10: FakeSspi) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["max-token", "Kerberos"]) == 0
    assert out.getvalue() == "48000\n"


def test_prints_nowhere_where_there_is_no_stdout(windows_10: FakeSspi, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)  # as under pythonw.exe
    assert main([]) == 0


# One package


def test_show_tells_one_package_in_full(printed) -> None:
    lines = [
        " ".join(line.split()) for line in printed("show", "kerberos", columns=120).splitlines()
    ]
    assert lines[2:8] == [
        "Kerberos",
        "Comment: Microsoft Kerberos V1.0",
        "Max token: 48000 bytes",
        "RPC id: GSS_KERBEROS (16)",
        "Version: 1",
        "Capabilities: 0x028F3BBF",
    ]
    assert f"DELEGATION {Capability.DELEGATION.description}" in lines
    assert len(lines) == 8 + 0x028F3BBF.bit_count()


def test_show_names_no_flag_that_the_package_lacks(printed) -> None:
    assert "CLIENT_ONLY" not in printed("show", "kerberos")


def test_show_and_matrix_show_a_bit_that_has_no_name(capsys) -> None:
    package = PackageInfo("New", "", Capability(0x80000001), 1, 77, 0)
    with FakeSspi([package]):
        for command in (["show", "new"], ["matrix"]):
            assert main(command) == 0
            assert "0x80000000" in capsys.readouterr().out


def test_an_rpc_id_without_a_name_is_a_number(printed) -> None:
    assert "RPC id:        22\n" in printed("show", "TSSSP")


def test_max_token_prints_the_number_alone(printed) -> None:
    assert printed("max-token", "NEGOTIATE") == "48256\n"


# Matrix


def test_matrix_has_capabilities_down_and_packages_across(printed) -> None:
    lines = printed("matrix").splitlines()[2:]
    names, rows = lines[:12], lines[12:]
    assert names[0] == "Negotiate"
    assert names[1] == "| NegoExtender"
    assert names[2] == "| | Kerberos"
    assert [row.split()[-1] for row in rows] == [flag.name for flag in Capability]
    marks = {row.split()[-1]: row.split()[:-1] for row in rows}
    assert marks["DELEGATION"] == [".", ".", "x", *"........."]


def test_matrix_says_what_the_packages_say(printed, windows_10: FakeSspi) -> None:
    rows = printed("matrix").splitlines()[2 + 12 :]
    for row in rows:
        *marks, name = row.split()
        has = [Capability[name] in package.capabilities for package in windows_10.packages]
        assert [mark == "x" for mark in marks] == has


def test_a_narrow_matrix_goes_on_in_panels(printed) -> None:
    text = printed("matrix", columns=40)
    panels = text.split("\n\n")[1:]
    assert len(panels) == 3
    assert all(panel.count("INTEGRITY") == 1 for panel in panels)
    assert "|   Protocol Provider" in text  # a long name goes on under itself


# JSON


def test_json_lists_what_to_dict_gives(printed, windows_10: FakeSspi) -> None:
    assert json.loads(printed("--json")) == {
        "library": "FakeSspi",
        "packages": [package.to_dict() for package in windows_10.packages],
    }


def test_json_of_a_listing_can_be_replayed(printed, windows_10: FakeSspi, tmp_path: Path) -> None:
    capture = tmp_path / "capture.json"
    capture.write_text(printed("--json"))
    assert FakeSspi.from_json(capture).packages == windows_10.packages


def test_json_of_one_package(printed, windows_10: FakeSspi) -> None:
    kerberos = windows_10.packages[2].to_dict()
    assert json.loads(printed("show", "kerberos", "--json")) == {"library": "FakeSspi", **kerberos}


def test_json_of_a_max_token(printed) -> None:
    assert json.loads(printed("max-token", "--json", "kerberos")) == {
        "library": "FakeSspi",
        "name": "kerberos",
        "max_token": 48000,
    }


def test_json_of_a_matrix(printed, windows_10: FakeSspi) -> None:
    assert json.loads(printed("matrix", "--json")) == {
        "library": "FakeSspi",
        "packages": {p.name: p.to_dict()["capabilities"] for p in windows_10.packages},
    }


def test_json_is_indented_for_people(printed) -> None:
    assert printed("max-token", "--json", "NTLM").splitlines() == [
        "{",
        '  "library": "FakeSspi",',
        '  "name": "NTLM",',
        '  "max_token": 2888',
        "}",
    ]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda argv: argv[0] if argv else "list")
def test_options_may_stand_before_a_command_too(printed, command: list[str]) -> None:
    assert printed("--json", *command) == printed(*command, "--json")


def test_json_is_ascii_for_any_code_page(capsys) -> None:
    package = PackageInfo("Ñ", "é\ud800\N{KEY}", Capability(0), 1, RpcAuthn.NONE, 1)
    with FakeSspi([package]):
        assert main(["--json"]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out)["packages"] == [package.to_dict()]


# Failures


def failure(capsys, *argv: str) -> str:
    """Run a command that fails, and return its one line on stderr."""
    assert main(argv) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    [line] = captured.err.splitlines()
    assert line.startswith("sspi-pkginfo: ")
    return line


def test_an_unknown_package_is_told_with_the_nearest_name(windows_10, capsys) -> None:
    for command in ("show", "max-token"):
        line = failure(capsys, command, "negotate")
        assert "'negotate'" in line
        assert line.endswith("; did you mean Negotiate?")


def test_there_is_not_always_a_nearest_name(windows_10, capsys) -> None:
    assert failure(capsys, "show", "xyzzy") == (
        "sspi-pkginfo: no security package is named 'xyzzy': "
        "QuerySecurityPackageInfoW gave SEC_E_SECPKG_NOT_FOUND (0x80090305)"
    )


def test_a_failing_library_is_told(windows_10: FakeSspi, capsys) -> None:
    windows_10.fail("EnumerateSecurityPackagesW", 0x80090300)
    assert "SEC_E_INSUFFICIENT_MEMORY" in failure(capsys)
    windows_10.fail("QuerySecurityPackageInfoW", 0x80090305)
    assert "SEC_E_INSUFFICIENT_MEMORY" in failure(capsys, "show", "Kerberos")


def test_a_library_that_cannot_be_loaded_is_told(capsys) -> None:
    for command in COMMANDS:
        assert "no-such-library" in failure(capsys, *command, "--library", "no-such-library")


def test_a_failure_is_one_line_even_of_a_path_with_two(capsys) -> None:
    assert "no-such library" in failure(capsys, "--library", "no-such\nlibrary")


def test_no_library_at_all_is_told(capsys, monkeypatch) -> None:
    def none_here() -> None:
        raise LibraryLoadError("no SSPI library here")

    monkeypatch.setattr("sspi_pkginfo._cli.default_library", none_here)
    assert failure(capsys) == "sspi-pkginfo: no SSPI library here"


def test_a_name_with_a_nul_is_told(windows_10, capsys) -> None:
    assert "NUL" in failure(capsys, "show", "NTLM\0x")


@pytest.mark.parametrize(
    "argv", [["nope"], ["show"], ["--nope"], ["max-token"], ["matrix", "x"], ["--library"]]
)
def test_wrong_usage_is_exit_status_2(argv: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "usage: sspi-pkginfo" in capsys.readouterr().err


def test_an_interrupt_is_exit_status_130(monkeypatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sspi_pkginfo._cli.default_library", interrupted)
    assert main([]) == 130


def test_version_is_the_packages(capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"sspi-pkginfo {sspi_pkginfo.__version__}\n"


# Help

LIBRARY_HELP = (
    "--library PATH the native library to ask; "
    "a bare name is searched for in the system's folders only"
)


@pytest.fixture
def words_of_help(capsys, monkeypatch):
    """Ask for help, and return it as words with one space between them."""

    def ask(*argv: str) -> str:
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as caught:
            main([*argv, "--help"])
        assert caught.value.code == 0
        return " ".join(capsys.readouterr().out.split())

    return ask


def test_help_tells_what_the_command_is_for_and_how_it_exits(words_of_help) -> None:
    words = words_of_help()
    purpose = "Tell which security packages this machine has. No command lists them all."
    assert f"... {purpose} options:" in words
    assert words.endswith(
        " Exit status: 0; 1 if the library failed or has no such package; 2 for wrong usage."
    )


def test_help_explains_each_option(words_of_help) -> None:
    assert f" --json print JSON {LIBRARY_HELP} --version show " in words_of_help()


def test_help_explains_each_command(words_of_help) -> None:
    assert (
        " commands: {show,max-token,matrix}"
        " show one package in full, with what its flags mean"
        " max-token its cbMaxToken in bytes, alone"
        " matrix capabilities against packages Exit "
    ) in words_of_help()


@pytest.mark.parametrize(
    ("command", "purpose"),
    [
        ("show", "one package in full, with what its flags mean"),
        ("max-token", "its cbMaxToken in bytes, alone"),
    ],
)
def test_help_of_a_command_explains_its_argument(words_of_help, command, purpose) -> None:
    words = words_of_help(command)
    assert f" NAME {purpose} positional arguments: NAME a security package, in any case o" in words
    assert words.endswith(f" --json print JSON {LIBRARY_HELP}")


# Where the output goes


class Output(io.TextIOWrapper):
    """Standard output into a file, which raises an error once it is written to."""

    error = 0

    def write(self, _: str) -> int:
        raise OSError(self.error, os.strerror(self.error))


@pytest.fixture
def status_after(windows_10, tmp_path: Path, monkeypatch):
    """Run a command whose output raises an error, and return its exit status."""

    def run(error: int) -> int:
        with Output(open(tmp_path / "out", "wb")) as output, monkeypatch.context() as patch:
            output.error = error
            patch.setattr(sys, "stdout", output)
            return main([])

    return run


@pytest.mark.parametrize("error", [errno.EPIPE, errno.EINVAL], ids=["elsewhere", "Windows"])
def test_a_closed_pipe_is_what_each_system_calls_it(status_after, capsys, error: int) -> None:
    assert status_after(error) == 0
    assert capsys.readouterr().err == ""


def test_another_error_of_the_output_is_told(status_after, capsys) -> None:
    assert status_after(errno.ENOSPC) == 1
    assert capsys.readouterr().err == f"sspi-pkginfo: [Errno 28] {os.strerror(errno.ENOSPC)}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /dev/full")
def test_what_could_not_be_written_is_not_tried_again(windows_10, capsys, monkeypatch) -> None:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main([]) == 1
        full.flush()


def test_a_character_that_the_encoding_lacks_is_escaped(monkeypatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "cp1252"))
    with FakeSspi([PackageInfo("Key", "\u65e5", Capability(0), 1, 0, 1)]):
        assert main([]) == 0
    assert b"\\u65e5" in written.getvalue()


# As a process of its own


def command(*argv: str, **options) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "sspi_pkginfo", *argv],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        **options,
    )


def test_runs_as_a_module() -> None:
    process = command("max-token", "ntlm", stdout=subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert int(out) == sspi_pkginfo.query_max_token("NTLM")


def test_another_library_can_be_named(library) -> None:
    if library.path == "FakeSspi":
        pytest.skip("FakeSspi is no file that another process could load")
    process = command("--json", "--library", library.path, stdout=subprocess.PIPE)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    listing = json.loads(out)
    assert listing["library"] == library.path
    assert listing["packages"] == [package.to_dict() for package in library.enumerate_packages()]


@pytest.mark.parametrize("argv", [["matrix"], ["--help"], ["--version"]])
def test_a_closed_pipe_is_no_error(argv: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = command(*argv, stdout=writing)
    os.close(writing)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /dev/full")
def test_a_full_disk_is_an_error_of_one_line() -> None:
    with open("/dev/full", "wb") as full:
        process = command(stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith(b"sspi-pkginfo: ")
    assert err.count(b"\n") == 1


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "utf-8"])
def test_a_code_page_that_lacks_a_character_gets_its_escape(encoding: str) -> None:
    program = (
        "import sys\n"
        "from sspi_pkginfo import Capability, PackageInfo\n"
        "from sspi_pkginfo._cli import main\n"
        "from sspi_pkginfo.testing import FakeSspi\n"
        "with FakeSspi([PackageInfo('Key', '\\u65e5 \\ud800', Capability(0), 1, 0, 1)]):\n"
        "    sys.exit(main())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
    comment = "\u65e5 \\ud800" if encoding == "utf-8" else "\\u65e5 \\ud800"
    assert comment in run.stdout.decode(encoding)
    assert run.stderr == b""
