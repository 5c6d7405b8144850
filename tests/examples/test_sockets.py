"""The example of a client and a server on sockets: docs/examples/sockets."""

import contextlib
import importlib.util
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.missing import missing
from support.paths import DATA, ROOT, WINDOWS_10, environment
from support.process import kill, run, started

from sspi_pkginfo import Capability, PackageInfo, RpcAuthn, query_max_token
from sspi_pkginfo.testing import FakeSspi

EXAMPLE = ROOT / "docs" / "examples" / "sockets"
sys.path.insert(0, str(EXAMPLE))

from framing import FramingError, TokenChannel  # noqa: E402

WINDOWS = sys.platform == "win32"
# On Wine 8, sspilib's identity with a password crashes msv1_0, and no one is logged on.
needs_a_password = pytest.mark.skipif(WINDOWS, reason="Wine cannot log in with a password")
# The example's own deadline is ten seconds.
LONG = 30

Ends = tuple[socket.socket, socket.socket]


@contextlib.contextmanager
def limited(end: Callable[[], None]) -> Iterator[None]:
    """End what waits for the other side, if it waits too long."""
    alarm = threading.Timer(LONG, end)
    alarm.start()
    try:
        yield
    finally:
        alarm.cancel()
        alarm.join()


# The framing.


@pytest.fixture
def package() -> Iterator[str]:
    """The name of a package whose tokens have at most ten bytes."""
    with FakeSspi([PackageInfo("Ten", "", Capability.CONNECTION, 1, RpcAuthn.ID_NONE, 10)]):
        yield "Ten"


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs, limited(lambda: theirs.shutdown(socket.SHUT_RDWR)):
        yield ours, theirs


class Slow:
    """A connection on which every byte comes alone, after three seconds."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.settimeout = connection.settimeout
        self.now = 0.0

    def recv_into(self, buffer: memoryview) -> int:
        self.now += 3
        return self.connection.recv_into(buffer, 1)


@pytest.mark.parametrize("capture", ["windows-7.json", "windows-10.json"])
def test_each_buffer_has_room_for_the_largest_token_and_no_more(ends: Ends, capture: str) -> None:
    with FakeSspi.from_json(DATA / capture):
        channel = TokenChannel(ends[0], "Negotiate")
        sizes = {len(channel.incoming), len(channel.outgoing)}
        assert sizes == {query_max_token("Negotiate")}


def test_tokens_arrive_one_by_one_in_the_buffer(ends: Ends, package: str) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    client.send(b"x")
    client.send(b"ten bytes!")
    first = server.receive()
    assert first == b"x"
    assert first.obj is server.incoming
    assert server.receive() == b"ten bytes!"


def test_a_token_that_arrives_in_pieces_is_put_together(ends: Ends, package: str) -> None:
    ends[1].sendall(b"\0\0\0\x0aten bytes!")
    assert TokenChannel(Slow(ends[0]), package).receive() == b"ten bytes!"


def test_a_token_larger_than_the_buffer_is_refused_before_any_of_it_is_read(
    ends: Ends, package: str
) -> None:
    ours, theirs = ends
    theirs.sendall(b"\0\0\0\x0beleven bytes")
    with pytest.raises(FramingError, match=r"token of 11 bytes, .* of Ten has 10$"):
        TokenChannel(ours, package).receive()
    assert ours.recv(100) == b"eleven bytes"


@pytest.mark.parametrize(("wait", "argument"), [("receive", []), ("send", [bytes(50_000_000)])])
def test_a_peer_that_does_nothing_is_given_up(
    ends: Ends, package: str, wait: str, argument: list[bytes]
) -> None:
    with pytest.raises(TimeoutError):
        getattr(TokenChannel(ends[0], package, timeout=0.05), wait)(*argument)


def test_the_deadline_is_for_all_bytes_of_all_tokens_together(
    ends: Ends, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(ends[0])
    monkeypatch.setattr("framing.time.monotonic", lambda: slow.now)
    channel = TokenChannel(slow, package, timeout=28)
    ends[1].sendall(b"\0\0\0\x01x\0\0\0\x05token")
    assert channel.receive() == b"x"
    with pytest.raises(TimeoutError, match="too long"):
        channel.receive()
    assert slow.now == 30


# The scripts, as people run them.


def command(name: str, *arguments: object, before: str = "") -> list[object]:
    """How to run a script of the example, and a statement before it."""
    if importlib.util.find_spec("sspilib") is None:
        missing("sspilib", "pip install sspilib")
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(EXAMPLE)!r}); del sys.argv[0]\n"
        f"{before}\nrunpy.run_path(sys.argv[0], run_name='__main__')"
    )
    return [sys.executable, "-c", code, EXAMPLE / name, *arguments]


class Server:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.room = self.line()
        self.port = self.line().rpartition(" ")[2]

    def line(self) -> str:
        """Return the next line that the server prints."""
        if not (line := self.process.stdout.readline()):
            pytest.fail(f"it ended, or printed nothing in {LONG} s\n{self.process.stderr.read()}")
        return line.rstrip("\n")


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server, after the statement that a test may give as a parameter."""
    # With a BOM and a CRLF, as an editor on Windows writes it, and a colon in the password.
    (tmp_path / "account").write_bytes(b"\xef\xbb\xbfEXAMPLE:alice:Wonder:land\r\n")
    arguments = [*([] if WINDOWS else [tmp_path / "account"]), "--package=ntlm", "--port=0"]
    script = command("server.py", *arguments, before=getattr(request, "param", ""))
    # Unbuffered, a line that the script forgets to flush would arrive all the same.
    variables = {k: v for k, v in environment().items() if k != "PYTHONUNBUFFERED"}
    with started(*script, env=variables) as process, limited(lambda: kill(process)):
        yield Server(process)


# What the server may be started with.
HURRY = "import framing; framing.TokenChannel.__init__.__defaults__ = (0.1,)"
LIE = "from framing import *; TokenChannel.send = lambda c, _: c._connection.sendall(b'~~~~')"


def log_in(server: Server, user: str, password: str, *more: str, status: int = 0) -> list[str]:
    """Run the client, and return the lines that it printed."""
    script = command("client.py", user, "--port", server.port, *more)
    done = run(*script, text_in=password + "\n", status=status)
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


def shown() -> set[str]:
    """The lines of the page's terminals."""
    page = (ROOT / "docs" / "how-to" / "sockets.md").read_text("utf-8")
    blocks = re.findall(r"^```(?:console|text)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return {line for block in blocks for line in block.splitlines()}


@needs_a_password
def test_the_right_password_is_accepted_as_the_page_shows(server: Server) -> None:
    said = log_in(server, r"EXAMPLE\alice", "Wonder:land")
    assert server.room == f"room for NTLM tokens of {query_max_token('NTLM')} bytes"
    assert said == [server.room, r"the server says: hello EXAMPLE\alice"]
    assert server.line() == r"accepted EXAMPLE\alice"
    assert {*said, r"accepted EXAMPLE\alice"} <= shown()


@needs_a_password
def test_a_refusal_is_as_the_page_shows_and_the_server_still_listens(server: Server) -> None:
    said = log_in(server, r"EXAMPLE\alice", "wrong", status=1)
    assert said == [server.room, "client: the other side refused"]
    refused = server.line()
    assert refused.startswith("refused: ")
    assert {*said, refused} <= shown()
    # Names of users and packages may be in any case.
    log_in(server, r"example\ALICE", "Wonder:land", "--package", "ntlm")


@needs_a_password
@pytest.mark.parametrize("user", [r"EXAMPLE\bob", r"OTHER\alice"])
def test_the_right_password_is_refused_for_another_name(server: Server, user: str) -> None:
    log_in(server, user, "Wonder:land", status=1)
    assert server.line() == f"refused: the right password, but for {user!r}"


# A hostile client, and a hostile server.


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "a token of 1195725856 bytes, but the largest of NTLM has"),
        (b"\0\0\0", "after 3 of the 4 bytes of a length"),
        (b"\0\0\0\x0cNTLM", "after 4 of the 12 bytes of a token"),
    ],
)
def test_the_server_refuses_a_client_that_breaks_the_protocol_and_still_listens(
    server: Server, sent: bytes, complaint: str
) -> None:
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as client:
            client.sendall(sent)
            # It may have closed the connection already, without reading everything.
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1000) == b"\0\0\0\0"
        refused = server.line()
        assert refused.startswith("refused: ")
        assert complaint in refused


@pytest.mark.parametrize("server", [HURRY], indirect=True)
def test_the_server_gives_up_on_a_silent_client_and_still_listens(server: Server) -> None:
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", server.port), timeout=LONG):
            refused = server.line()
        assert refused in ("refused: timed out", "refused: the other side took too long")


@pytest.mark.parametrize("server", [LIE], indirect=True)
def test_the_client_says_in_a_line_how_a_server_broke_the_protocol(server: Server) -> None:
    assert "the other side announced a token of 2122219134 bytes" in client_error(server.port)


# What goes wrong before the first token.


def startup_error(name: str, *arguments: object, before: str = "", **options: Any) -> str:
    """Run a script that fails, and return the line that it prints."""
    done = run(*command(name, *arguments, before=before), **{"status": 1, **options})
    *usage, complaint = done.stderr.splitlines()
    assert (usage != []) == (done.returncode == 2)
    assert complaint.startswith(f"{name}: error: " if usage else f"{name.removesuffix('.py')}: ")
    return complaint


def client_error(port: object) -> str:
    # Windows knows who is logged on, and needs no password.
    user, password = (["--package=NTLM"], None) if WINDOWS else (["alice"], "Wonderland\n")
    return startup_error("client.py", *user, "--port", port, text_in=password)


def test_a_client_says_that_no_server_listens() -> None:
    assert client_error(1) == "client: no server listens on port 1"


UNUSABLE = {
    "client.py": "name a user",
    r"client.py 'EXAMPLE\'": "the name and the password must not be empty",
    r"client.py 'EXAMPLE\empty'": "the name and the password must not be empty",
    "client.py alice --package=CloudAP": "CloudAP has no tokens to exchange",
    "client.py alice --package=Negotiat": "no security package is named 'Negotiat'",
    "server.py": "name a file",
    "server.py missing": "No such file or directory: 'missing'",
    "server.py utf-16": "utf-16 is not UTF-8",
    "server.py no-domain": "no-domain must have one line",
    "server.py two-users": "two-users must have one line",
    "server.py alice --package=CloudAP": "CloudAP has no tokens to exchange",
    "server.py alice --package=Negotiat": "no security package is named 'Negotiat'",
}


@pytest.mark.skipif(WINDOWS, reason="Windows knows its users and who is logged on")
@pytest.mark.parametrize("typed", UNUSABLE)
def test_what_cannot_be_used_is_named_at_the_start(tmp_path: Path, typed: str) -> None:
    (tmp_path / "alice").write_text("EXAMPLE:alice:Wonderland\n")
    (tmp_path / "utf-16").write_text("EXAMPLE:alice:Wonderland\n", encoding="utf-16")
    (tmp_path / "no-domain").write_text("alice:Wonderland\n")
    (tmp_path / "two-users").write_text("EXAMPLE:alice:Wonderland\nEXAMPLE:bob:Builder\n")
    fake = (
        f"from sspi_pkginfo.testing import *; FakeSspi.from_json({str(WINDOWS_10)!r}).__enter__()"
    )
    name, *arguments = shlex.split(typed)
    password = "\n" if "empty" in typed else "Wonderland\n"
    options = {"before": fake, "cwd": tmp_path, "status": 1 if arguments else 2}
    assert UNUSABLE[typed] in startup_error(name, *arguments, text_in=password, **options)


@pytest.mark.skipif(WINDOWS, reason="there is no SIGINT to send to another process")
def test_ctrl_c_ends_the_server_without_a_traceback(server: Server) -> None:
    server.process.send_signal(signal.SIGINT)
    out, err = server.process.communicate(timeout=LONG)
    assert (server.process.returncode, out, err) == (130, "", "")
