"""The command line, as people and scripts meet it; how its answers look is in test_tables.py."""

import errno
import inspect
import io
import json
import os
import re
import shlex
import signal
import string
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from support.command import complaint, printed, run
from support.paths import WINDOWS_10, environment
from support.process import run as run_process
from support.process import started

import sspi_pkginfo
from sspi_pkginfo import Capability, LibraryLoadError, PackageInfo, RpcAuthn, SspiLibrary
from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi

COMMANDS = ([], ["list"], ["show", "Kerberos"], ["max-token", "Kerberos"], ["matrix"])
LISTING = json.loads(WINDOWS_10.read_bytes())
NAMES = ", ".join(package["name"] for package in LISTING["packages"])
KERBEROS, NTLM = LISTING["packages"][2:4]
NONE = "no security package is named"

each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda argv: " ".join(argv))


@pytest.fixture
def windows_10() -> Iterator[FakeSspi]:
    """The Windows 10 machine's packages as the default library."""
    with FakeSspi.from_json(WINDOWS_10) as fake:
        yield fake


# Answers


def test_max_token_prints_only_numbers_and_builds_no_package(windows_10, monkeypatch) -> None:
    build = mock.Mock(side_effect=AssertionError("max-token asks for more than cbMaxToken"))
    monkeypatch.setattr(SspiLibrary, "query_package", build)
    monkeypatch.setattr(SspiLibrary, "enumerate_packages", build)
    assert printed("max-token", "ntlm", "NEGOTIATE", "ntlm") == "2888\n48256\n2888\n"


def test_show_prints_several_packages_under_one_heading(windows_10) -> None:
    heading, ntlm = printed("show", "ntlm").split("\n\n")
    _, kerberos = printed("show", "kerberos").split("\n\n")
    assert printed("show", "NTLM", "Kerberos") == f"{heading}\n\n{ntlm}\n{kerberos}"


@pytest.mark.parametrize("length", [257, 70_000])
def test_a_long_text_is_never_cut(length: int) -> None:
    name, comment = "N" * length, "C" * length
    with FakeSspi([PackageInfo(name, comment, Capability.INTEGRITY, 1, 0, 1)]):
        for argv in (["list"], ["show", name], ["matrix"], ["--json"], ["show", name, "--json"]):
            text = "".join(printed(*argv, columns=40).split())
            assert name in text, "a name was cut"
            assert comment in text or "matrix" in argv, "a comment was cut"


# JSON


JSON: dict[str, object] = {
    "": {"packages": LISTING["packages"]},
    "list": {"packages": LISTING["packages"]},
    "show kerberos": KERBEROS,
    "show ntlm kerberos": [NTLM, KERBEROS],
    "max-token kerberos": {"name": "kerberos", "max_token": 48000},
    "max-token ntlm TSSSP": [
        {"name": "ntlm", "max_token": 2888},
        {"name": "TSSSP", "max_token": 13000},
    ],
    "matrix": {"packages": {p["name"]: p["capabilities"] for p in LISTING["packages"]}},
}


@pytest.mark.parametrize("command", JSON)
def test_json_is_to_the_letter_what_it_always_was(windows_10, command: str) -> None:
    # The capture has its keys in this order: name, comment, capabilities and so on.
    answers = JSON[command] if isinstance(JSON[command], list) else [JSON[command]]
    expected = [{"library": "secur32.dll", **answer} for answer in answers]
    text = json.dumps(expected if len(expected) > 1 else expected[0], indent=2)
    assert printed(*command.split(), "--json") == printed("--json", *command.split()) == f"{text}\n"


def test_json_is_printable_ascii_that_from_replays(tmp_path: Path) -> None:
    packages = [
        PackageInfo("Ñ\x7f\x1b\u202e", "\ud800 \N{KEY}", Capability(0xFFFFFFFF), 65535, 77, 9),
        PackageInfo("", "", Capability(0), 0, RpcAuthn.ID_NONE, 0),
    ]
    with FakeSspi(packages):
        text = printed("--json")
    assert text.isascii()
    assert text.replace("\n", "").isprintable()
    assert json.loads(text)["packages"] == [package.to_dict() for package in packages]
    (tmp_path / "capture.json").write_text(text, "utf-8")
    assert printed("--json", "--from", str(tmp_path / "capture.json")) == text


# Options


@each_command
def test_from_shows_a_capture_as_it_looked_on_its_machine(command: list[str], windows_10) -> None:
    name = f"secur32.dll (captured in {WINDOWS_10})"
    with FakeSspi([]):
        text = printed(*command, "--from", str(WINDOWS_10), columns=1000)
        json_text = printed(*command, "--json", "--from", str(WINDOWS_10))
    assert text.replace(name, "secur32.dll") == printed(*command, columns=1000)
    assert (name in text) == (command[:1] != ["max-token"])
    assert json_text == printed(*command, "--json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_from_a_hyphen_reads_standard_input_as_bytes(encoding: str, tmp_path: Path) -> None:
    # Windows PowerShell sends and redirects UTF-16.
    (tmp_path / "capture.json").write_text(WINDOWS_10.read_text(), encoding)
    with open(tmp_path / "capture.json", "rb") as stdin:
        done = run_process(*COMMAND, "list", "--from", "-", stdin=stdin)
    assert done.stdout.startswith("Library: secur32.dll (captured in standard input)\n\nName ")


def test_another_library_can_be_named(default_library: SspiLibrary) -> None:
    assert json.loads(printed("--json", "--library", default_library.path)) == {
        "library": default_library.path,
        "packages": [package.to_dict() for package in default_library.enumerate_packages()],
    }


def test_a_bare_library_name_is_never_taken_from_the_current_folder(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    without = complaint("--library", "here.dll")
    Path("here.dll").write_bytes(b"not a library")
    assert complaint("--library", "here.dll") == without, "the file in the current folder was taken"


def test_two_hyphens_end_the_options() -> None:
    with FakeSspi([PackageInfo("--json", "", Capability(0), 1, 0, 7)]):
        assert printed("max-token", "--", "--json") == "7\n"
        assert "'--help'" in complaint("--", "show", "--help")


def test_the_version_and_the_help_can_be_had_in_several_ways() -> None:
    assert printed("--version") == printed("-V") == f"sspi-pkginfo {sspi_pkginfo.__version__}\n"
    assert printed("-h") == printed("help", "x") == printed("show", "--help") == printed("--help")


def test_each_option_that_is_taken_is_in_the_help() -> None:
    source = inspect.getsource(sys.modules[main.__module__])
    words = {*re.findall(r"[A-Za-z][\w-]*", source)} | {*string.ascii_letters}
    text = printed("--help")
    for option in (f"{hyphens}{word}" for word in sorted(words) for hyphens in ("-", "--")):
        if "no option is named" not in run(option).err:
            assert re.search(rf"^  .*(?<!\S){option}\b", text, re.M), f"no help on {option}"


# Packages that are not found, and other failures


NOT_FOUND = {
    "KERBEROZ": f"{NONE} 'KERBEROZ'; did you mean Kerberos?",
    "default_tls": f"{NONE} 'default_tls'; did you mean \"Default TLS SSP\"?",
    "xyzzy": f"{NONE} 'xyzzy'; the packages are {NAMES}",
    "ntlm x TSSSP y": f"{NONE} 'x'; {NONE} 'y'; the packages are {NAMES}",
    "NTLM default tls ssp": f"{NONE} 'default'; a name with spaces needs quotes: "
    '"Default TLS SSP"',
    "'default tls ssp' x": f"{NONE} 'x'; the packages are {NAMES}",
    # A Kelvin sign is a k to lower() alone.
    "\u212aerberos": f"{NONE} '\u212aerberos'; did you mean Kerberos?",
}


@pytest.mark.parametrize("command", ["show", "max-token"])
@pytest.mark.parametrize("names", NOT_FOUND)
def test_a_name_that_is_not_found_is_reported_with_what_there_is(
    windows_10, command: str, names: str
) -> None:
    assert complaint(command, *shlex.split(names)) == NOT_FOUND[names]
    with FakeSspi([]):
        assert complaint(command, "x") == f"{NONE} 'x'; there are none"


def test_all_names_are_looked_up_before_one_that_is_missing_fails(windows_10) -> None:
    complaint("max-token", "x", "ntlm", "Kerberos")
    assert windows_10.freed == 2 + 1  # and the list, for the message


FAILURES = {
    "max-token ntlm": "the library lists 'ntlm' but refuses to describe it: SEC_E_SECPKG_NOT",
    "list": "EnumerateSecurityPackagesW failed with SEC_E_INSUFFICIENT_MEMORY",
    "show nope": "EnumerateSecurityPackagesW failed with SEC_E_INSUFFICIENT_MEMORY",
}


@pytest.mark.parametrize("command", FAILURES)
def test_a_failing_library_is_reported_with_its_status(windows_10, command: str) -> None:
    windows_10.fail("QuerySecurityPackageInfoW", 0x80090305)
    if "ntlm" not in command:
        windows_10.fail("EnumerateSecurityPackagesW", 0x80090300)
    assert complaint(*command.split()).startswith(FAILURES[command])


@each_command
def test_what_cannot_be_used_is_reported(command: list[str], tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "{}").write_text("{}")
    wrong = {"{}": "library is missing", "x": os.strerror(errno.ENOENT), "": "Is a directory"}
    for name, message in wrong.items():
        path = str(tmp_path / name)
        assert complaint(*command, "--from", path).startswith(f"{path}: {message}")
    assert "no-such-library" in complaint(*command, "--library", "no-such-library")
    none_here = mock.Mock(side_effect=LibraryLoadError("no SSPI library here"))
    monkeypatch.setattr("sspi_pkginfo._cli.default_library", none_here)
    assert complaint(*command) == "no SSPI library here"


def test_no_message_has_a_character_that_a_terminal_would_act_on() -> None:
    hostile, escaped = "\x1b[31m\n\u202e", r"\x1b[31m\n\u202e"
    package, *options = ["show", "x"], ["--library", hostile], ["--from", hostile]
    with FakeSspi([PackageInfo(hostile, "", Capability(0), 1, 0, 1)]):
        for argv in (package, ["show", f"{hostile}x"], [hostile], [f"--{hostile}"], *options):
            message = run(*argv).err
            assert escaped in message
            assert message.replace("\n", "").isprintable()
            assert len(message.splitlines()) == message.count("\n") <= 3


# What is typed, and the remedy
WRONG = {
    "lst": "no command is named 'lst'; did you mean list?",
    "LIST": "no command is named 'LIST'; did you mean list?",
    "shwo ntlm": "no command is named 'shwo'; did you mean show ntlm?",
    "max_token 'a b'": "no command is named 'max_token'; did you mean max-token \"a b\"?",
    "/?": "no command is named '/?'; did you mean help?",
    "version": "no command is named 'version'; did you mean --version?",
    "NTLM": "no command is named 'NTLM'; to show a package: sspi-pkginfo show NTLM",
    "Default TLS --json": "no command is named 'Default'; to show a package: sspi-pkginfo show "
    'Default TLS --json; if that is one name, in quotes: sspi-pkginfo show "Default TLS" --json',
    "-": "no command is named '-'; to show a package: sspi-pkginfo show -",
    "list shwo ntlm": "list takes no NAME; did you mean show ntlm?",
    "''": "no command is named ''; to show a package: sspi-pkginfo show \"\"",
    "list x": "list takes no NAME; to show a package: sspi-pkginfo show x",
    "list json": "list takes no NAME; did you mean --json?",
    "--json max_token x --from c": "no command is named 'max_token'; did you mean max-token x "
    "--json --from c?",
    "--from c x": "no command is named 'x'; to show a package: sspi-pkginfo show x --from c",
    "show": "show needs a NAME, for example: sspi-pkginfo show NTLM",
    "max-token": "max-token needs a NAME, for example: sspi-pkginfo max-token NTLM",
    "--verison": "no option is named --verison; did you mean --version?",
    "--jsn=1": "no option is named --jsn; did you mean --json?",
    "--show NTLM": "no option is named --show; did you mean show NTLM?",
    "--l x": "no option is named --l; did you mean --library?",
    "-f": "no option is named -f; did you mean --from?",
    "-X": "no option is named -X; see sspi-pkginfo --help",
    "--library": "--library needs a PATH, which is missing or empty",
    "--library=": "--library needs a PATH, which is missing or empty",
    "--from ''": "--from needs a CAPTURE, which is missing or empty",
    "--json=x": "--json takes no value",
    "--library=x --from=y": "--from and --library cannot be used together",
}


@pytest.mark.parametrize("typed", WRONG)
def test_wrong_usage_is_exit_status_2_with_a_remedy(typed: str) -> None:
    assert complaint(*shlex.split(typed), status=2) == WRONG[typed]


def test_a_capture_that_is_given_without_its_option_is_named_with_it() -> None:
    assert complaint(str(WINDOWS_10), status=2).endswith(
        f"; to read a capture: sspi-pkginfo --from {WINDOWS_10}"
    )


# Where the output goes

COMMAND = (sys.executable, "-m", "sspi_pkginfo")
FROM = ("--from", WINDOWS_10)
RUNS = {
    "answer": (("--json", *FROM), 0),
    "unknown package": (("max-token", "nope", *FROM), 1),
    "wrong usage": (("nope",), 2),
}
POSIX_KINDS = [] if sys.platform == "win32" else ["absent", "full pipe"]
CANNOT = "sspi-pkginfo: cannot write the answer: "


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("streams", [["stdout"], ["stderr"], ["stdout", "stderr"]], ids="+".join)
@pytest.mark.parametrize("kind", ["closed", "read only", *POSIX_KINDS])
@pytest.mark.parametrize(("arguments", "status"), RUNS.values(), ids=RUNS)
def test_only_an_answer_that_is_refused_changes_an_exit_status(
    arguments, status: int, kind: str, streams: list[str], unbuffered: str
) -> None:
    command = [*COMMAND, *arguments]
    if kind == "absent":
        closed = " ".join({"stdout": ">&-", "stderr": "2>&-"}[stream] for stream in streams)
        command = ["sh", "-c", f'exec "$@" {closed}', "sh", *command]
    reading, writing = os.pipe()
    with open(__file__, "rb") as file, open(reading, "rb") as reader, open(writing, "wb") as pipe:
        if kind == "closed":
            reader.close()
        elif kind == "full pipe":
            # It has room for a part of the answer, and does not wait for more.
            os.set_blocking(writing, False)
            with suppress(BlockingIOError):
                while os.write(writing, b" " * 4096):
                    pass
            os.read(reading, 4096)
        stream = file if kind == "read only" else pipe
        options = {} if kind == "absent" else dict.fromkeys(streams, stream)
        refused = kind in ("read only", "full pipe") and "stdout" in streams and status == 0
        env = environment(PYTHONUNBUFFERED=unbuffered)
        done = run_process(*command, status=1 if refused else status, env=env, **options)
    assert bool(done.stdout) == ("stdout" not in streams and status == 0)
    assert bool(done.stderr) == ("stderr" not in streams and (refused or status != 0))
    if refused and done.stderr is not None:
        assert done.stderr.startswith(CANNOT)


class Reluctant(io.RawIOBase):
    """A stream that takes seven bytes at once, and so many in all."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.taken = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        part = bytes(data)[: min(7, self.room - len(self.taken))]
        if not part:
            raise OSError(errno.ENOSPC, "no room")
        self.taken += part
        return len(part)


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_an_answer_is_whole_or_an_error_on_a_stream_that_takes_a_part(
    windows_10, monkeypatch, capsys, buffered: bool, encoding: str
) -> None:
    expected = printed("--json").replace("\n", os.linesep).encode()
    for room in (len(expected), len(expected) - 1):
        raw = Reluctant(room)
        stdout = io.TextIOWrapper(
            io.BufferedWriter(raw) if buffered else raw, encoding, write_through=not buffered
        )
        monkeypatch.setattr(sys, "stdout", stdout)
        status = main(["--json"])
        assert (status, raw.taken) == (room < len(expected), expected[:room])
        assert capsys.readouterr().err == (f"{CANNOT}no room\n" if status else "")


@pytest.mark.parametrize("number", [errno.EPIPE, errno.EINVAL, errno.ENOSPC])
def test_a_closed_pipe_is_no_error_whatever_its_system_calls_it(
    windows_10, monkeypatch, capsys, number: int
) -> None:
    fail = mock.Mock(side_effect=OSError(number, "broken"))
    monkeypatch.setattr(sys, "stdout", mock.Mock(write=fail, close=fail))
    status = int(number == errno.ENOSPC)
    assert main(["max-token", "NTLM"]) == status
    assert capsys.readouterr().err == (f"{CANNOT}broken\n" if status else "")


def test_without_a_stream_as_in_pythonw_the_answer_is_dropped(windows_10, monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["max-token", "NTLM"]) == 0


@pytest.mark.parametrize("encoding", ["cp437", "cp1252", "ascii", "utf-8"])
def test_what_a_code_page_lacks_is_escaped_before_columns_are_measured(
    encoding: str, monkeypatch
) -> None:
    stdout = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(stdout, encoding))
    packages = [("\u65e5", "\u65e5 \ud800"), ("Plain", "x")]
    with FakeSspi([PackageInfo(*texts, Capability(0), 1, 0, 1) for texts in packages]):
        assert main([]) == 0
    *_, headings, rule, row, plain = stdout.getvalue().decode(encoding).splitlines()
    wide = "\u65e5" if encoding == "utf-8" else r"\u65e5"
    assert (row.split()[0], row.split("1  ")[1]) == (wide, rf"{wide} \ud800")
    assert headings.index("Comment") == rule.rindex(" ") + 1 == plain.index("x")
    assert row.index("1  ") + (encoding == "utf-8") == plain.index("1  ")


def test_a_pipe_gets_one_package_a_line(tmp_path: Path) -> None:
    package = PackageInfo("N", "long " * 12_000 + "end", Capability(0), 1, 0, 1)
    listing = {"library": "x", "packages": [*LISTING["packages"], package.to_dict()]}
    (tmp_path / "capture.json").write_text(json.dumps(listing))
    env = {key: value for key, value in environment().items() if key != "COLUMNS"}
    done = run_process(*COMMAND, "--from", tmp_path / "capture.json", env=env)
    assert len(done.stdout.splitlines()) == 4 + 13


# Ctrl-C


def opened(fifo: Path) -> int:
    for _ in range(6000):
        with suppress(OSError):
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        time.sleep(0.01)
    pytest.fail("the command did not open its file in a minute")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX system")
def test_ctrl_c_is_exit_status_130_without_a_traceback(tmp_path: Path) -> None:
    fifo = tmp_path / "capture.json"
    os.mkfifo(fifo)
    with started(*COMMAND, "--from", fifo) as process:
        writing = opened(fifo)
        process.send_signal(signal.SIGINT)
        # A signal that came just before the command waits to read does not end its wait; this does.
        os.close(writing)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, "", "")


def test_runs_as_a_module() -> None:
    done = run_process(*COMMAND, "max-token", "NTLM", *FROM, env=environment(traced=True))
    assert done.stdout == "2888\n"


INTERRUPTED = """
import sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == {module!r}: raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
sys.argv[0] = {argv0!r}
"""
SCRIPT = "from sspi_pkginfo.__main__ import main; sys.exit(main())"
AS_MODULE = "import runpy; runpy.run_module('sspi_pkginfo', run_name='__main__')"


@pytest.mark.parametrize("module", ["sspi_pkginfo._cli", "ctypes", "sspi_pkginfo._flags"])
@pytest.mark.parametrize(
    ("argv0", "start"), [("/usr/bin/sspi-pkginfo", SCRIPT), ("-m", AS_MODULE)], ids=["script", "-m"]
)
def test_ctrl_c_during_the_imports_is_exit_status_130(module: str, argv0: str, start: str) -> None:
    program = INTERRUPTED.format(module=module, argv0=argv0) + start
    command = (sys.executable, "-c", program, "max-token", "NTLM")
    done = run_process(*command, status=130, env=environment(traced=True))
    assert (done.stdout, done.stderr) == ("", "")


def test_ctrl_c_during_the_import_into_another_program_is_its_own() -> None:
    program = INTERRUPTED.format(module="ctypes", argv0="program.py") + "import sspi_pkginfo"
    command = (sys.executable, "-c", program)
    done = run_process(*command, status=None, env=environment(traced=True))
    assert "KeyboardInterrupt" in done.stderr


@each_command
def test_ctrl_c_while_the_library_is_loaded_is_exit_status_130(command, monkeypatch) -> None:
    interrupted = mock.Mock(side_effect=KeyboardInterrupt)
    monkeypatch.setattr("sspi_pkginfo._cli.default_library", interrupted)
    assert run(*command) == (130, "", "")


def test_a_memory_that_runs_out_is_exit_status_1_without_a_traceback(monkeypatch) -> None:
    exhausted = mock.Mock(side_effect=MemoryError)
    monkeypatch.setattr("sspi_pkginfo._cli.default_library", exhausted)
    assert complaint("list") == "there is not enough memory"


# What a script waits for


def test_max_token_imports_only_what_it_uses(default_library: SspiLibrary) -> None:
    program = (
        "import sys; before = {*sys.modules}; from sspi_pkginfo._cli import main;"
        "assert main(['max-token', 'NTLM']) == 0; print(*{*sys.modules} - before)"
    )
    imported = {*run_process(sys.executable, "-c", program).stdout.split()}
    others = {"argparse", "json", "difflib", "textwrap", "shutil", "unicodedata", "getopt"}
    others |= {"sspi_pkginfo._tables", "sspi_pkginfo.testing", "sspi_pkginfo._captures"}
    assert imported & {"sspi_pkginfo._cli", *others} == {"sspi_pkginfo._cli"}
