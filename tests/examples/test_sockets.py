"""The example of a client and a server on sockets: docs/examples/sockets."""

import contextlib
import importlib
import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.missing import missing

from sspi_pkginfo import Capability, PackageInfo, RpcAuthn, query_max_token
from sspi_pkginfo.testing import FakeSspi

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
PAGE = ROOT / "docs" / "how-to" / "sockets.md"
EXAMPLE = ROOT / "docs" / "examples" / "sockets"
sys.path.insert(0, str(EXAMPLE))

from framing import FramingError, TokenChannel  # noqa: E402

WINDOWS = sys.platform == "win32"
# Ends a test that would otherwise wait for ever. The example's own deadline is ten seconds.
LONG = 30

Ends = tuple[socket.socket, socket.socket]


class OneByteAtATime(socket.socket):
    """A network that splits whatever is sent."""

    def recv_into(self, buffer: memoryview, *_: int) -> int:  # type: ignore[override]
        return super().recv_into(buffer, 1)


@pytest.fixture
def package() -> Iterator[str]:
    """The name of a package whose tokens have at most ten bytes."""
    with FakeSspi([PackageInfo("Ten", "", Capability.CONNECTION, 1, RpcAuthn.ID_NONE, 10)]):
        yield "Ten"


@pytest.fixture
def ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()

    def hang_up() -> None:
        for end in (ours, theirs):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    alarm = threading.Timer(LONG, hang_up)
    alarm.start()
    with ours, theirs:
        yield ours, theirs
    alarm.cancel()
    alarm.join()


# The framing.


@pytest.mark.parametrize("capture", ["windows-7.json", "windows-10.json"])
@pytest.mark.parametrize("package", ["Negotiate", "Kerberos", "NTLM", "Schannel"])
def test_each_buffer_has_room_for_the_largest_token_and_no_more(
    ends: Ends, capture: str, package: str
) -> None:
    with FakeSspi.from_json(DATA / capture):
        channel = TokenChannel(ends[0], package)
        sizes = {len(channel.incoming), len(channel.outgoing)}
        assert sizes == {query_max_token(package)}


def test_the_size_comes_from_the_library_of_this_machine(ends: Ends) -> None:
    assert len(TokenChannel(ends[0], "NTLM").outgoing) == query_max_token("NTLM")


def test_a_package_without_tokens_is_rejected(ends: Ends) -> None:
    with (
        FakeSspi.from_json(DATA / "windows-10.json"),
        pytest.raises(ValueError, match="CloudAP has no tokens to exchange: its max token is 0"),
    ):
        TokenChannel(ends[0], "CloudAP")


@pytest.mark.parametrize("token", [b"x", b"token", b"ten bytes!"])
def test_a_token_arrives_as_it_was_sent(ends: Ends, package: str, token: bytes) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    client.send(token)
    assert server.receive() == token


def test_two_tokens_sent_at_once_arrive_as_two(ends: Ends, package: str) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    client.send(b"first")
    client.send(b"2nd")
    assert [bytes(server.receive()), bytes(server.receive())] == [b"first", b"2nd"]


def test_a_token_is_received_into_the_buffer_without_a_copy(ends: Ends, package: str) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    client.send(b"token")
    assert server.receive().obj is server.incoming
    assert server.incoming == b"token".ljust(10, b"\0")


def test_a_token_that_arrives_in_pieces_is_put_together(ends: Ends, package: str) -> None:
    ours, theirs = ends
    with OneByteAtATime(ours.family, ours.type, ours.proto, fileno=ours.detach()) as split:
        TokenChannel(theirs, package).send(b"ten bytes!")
        assert TokenChannel(split, package).receive() == b"ten bytes!"


@pytest.mark.parametrize("length", [11, 48256, 0xFFFFFFFF])
def test_a_token_larger_than_the_buffer_is_refused_before_any_of_it_is_read(
    ends: Ends, package: str, length: int
) -> None:
    ours, theirs = ends
    theirs.sendall(length.to_bytes(4, "big") + b"eleven bytes")
    channel = TokenChannel(ours, package)
    with pytest.raises(FramingError, match=rf"token of {length} bytes, .* of Ten has 10$"):
        channel.receive()
    assert channel.incoming == bytes(10)
    assert ours.recv(100) == b"eleven bytes"


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (b"", "after 0 of the 4 bytes of a length"),
        (b"\0\0\0", "after 3 of the 4 bytes of a length"),
        (b"\0\0\0\x05", "after 0 of the 5 bytes of a token"),
        (b"\0\0\0\x05toke", "after 4 of the 5 bytes of a token"),
    ],
)
def test_a_connection_that_ends_halfway_is_an_error_that_says_where(
    ends: Ends, package: str, sent: bytes, complaint: str
) -> None:
    ours, theirs = ends
    theirs.sendall(sent)
    theirs.close()
    with pytest.raises(FramingError, match=complaint):
        TokenChannel(ours, package).receive()


def test_a_refusal_reaches_the_other_side(ends: Ends, package: str) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    server.refuse()
    with pytest.raises(PermissionError, match="the other side refused"):
        client.receive()


def test_a_peer_that_sends_nothing_is_given_up(ends: Ends, package: str) -> None:
    with pytest.raises(TimeoutError):
        TokenChannel(ends[0], package, timeout=0.05).receive()


def test_a_peer_that_reads_nothing_is_given_up(ends: Ends, package: str) -> None:
    with pytest.raises(TimeoutError):
        TokenChannel(ends[0], package, timeout=0.05).send(bytes(50_000_000))


def test_a_peer_that_sends_a_byte_now_and_then_is_given_up(
    ends: Ends, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0

    class ThreeSecondsEach(OneByteAtATime):
        def recv_into(self, buffer: memoryview, *_: int) -> int:  # type: ignore[override]
            nonlocal now
            now += 3
            return super().recv_into(buffer)

    monkeypatch.setattr("framing.time.monotonic", lambda: now)
    ours, theirs = ends
    theirs.sendall(b"\0\0\0\x05token")
    with ThreeSecondsEach(ours.family, ours.type, ours.proto, fileno=ours.detach()) as slow:
        with pytest.raises(TimeoutError, match="too long"):
            TokenChannel(slow, package, timeout=10).receive()
        assert now == 12


def test_the_deadline_is_for_all_tokens_together(
    ends: Ends, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("framing.time.monotonic", lambda: now)
    ours, theirs = ends
    theirs.sendall(b"\0\0\0\x05token" * 3)
    channel = TokenChannel(ours, package, timeout=10)
    now = 4.0
    channel.receive()
    now = 8.0
    channel.receive()
    now = 12.0
    with pytest.raises(TimeoutError, match="too long"):
        channel.receive()


# The scripts, as people run them.


class Script(subprocess.Popen[str]):
    """A script of the example in a process of its own. `before` is run before it."""

    def __init__(self, name: str, *arguments: str, before: str = "") -> None:
        if importlib.util.find_spec("sspilib") is None:
            missing("sspilib", "pip install sspilib")
        code = (
            f"import runpy, sys; sys.path.insert(0, {str(EXAMPLE)!r}); del sys.argv[0]\n"
            f"{before}\nrunpy.run_path(sys.argv[0], run_name='__main__')"
        )
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", code, str(EXAMPLE / name), *arguments]
        # With PYTHONUNBUFFERED, a line that the script forgets to flush would arrive all the same.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
        super().__init__(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment)
        self._alarm = threading.Timer(LONG, self.kill)
        self._alarm.start()

    def __exit__(self, *exception: Any) -> None:
        self._alarm.cancel()
        self._alarm.join()
        self.kill()
        super().__exit__(*exception)

    def line(self) -> str:
        assert self.stdout is not None
        return self.stdout.readline().rstrip("\n")

    def result(self, stdin: str = "") -> tuple[int, str, str]:
        """Wait for the end and return the exit status, stdout and stderr."""
        stdout, stderr = self.communicate(stdin)
        return self.returncode, stdout, stderr


class Server(Script):
    def __init__(self, account: Path, before: str = "") -> None:
        account.write_text("EXAMPLE:alice:Wonderland\n")
        arguments = ["--package", "NTLM"] if WINDOWS else [str(account)]
        super().__init__("server.py", *arguments, "--port", "0", before=before)
        self.room = self.line()
        self.port = int(self.line().rpartition(" ")[2])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "account") as server:
        yield server


# On Wine 8, sspilib's identity with a password crashes msv1_0, and no one is logged on.
needs_a_password = pytest.mark.skipif(WINDOWS, reason="Wine cannot log in with a password")


def log_in(port: int, user: str, password: str) -> tuple[int, str, str]:
    with Script("client.py", user, "--port", str(port)) as client:
        return client.result(password + "\n")


@needs_a_password
def test_the_right_password_is_accepted_and_both_sides_name_the_client(server: Server) -> None:
    status, said, complaint = log_in(server.port, r"EXAMPLE\alice", "Wonderland")
    assert (status, complaint) == (0, "")
    assert said.splitlines()[-1] == r"the server says: hello EXAMPLE\alice"
    assert server.line() == r"accepted EXAMPLE\alice"


@needs_a_password
def test_both_sides_print_the_size_of_their_buffers(server: Server) -> None:
    _, said, _ = log_in(server.port, r"EXAMPLE\alice", "Wonderland")
    room = f"room for NTLM tokens of {query_max_token('NTLM')} bytes"
    assert (server.room, said.splitlines()[0]) == (room, room)


@needs_a_password
@pytest.mark.parametrize(
    ("user", "password"),
    [
        (r"EXAMPLE\alice", "wonderland"),
        (r"EXAMPLE\bob", "wonderland"),
        (r"EXAMPLE\bob", "Wonderland"),
        (r"OTHER\alice", "Wonderland"),
        ("alice", "Wonderland"),
    ],
    ids=[
        "wrong password",
        "wrong user and password",
        "wrong user with the right password",
        "wrong domain with the right password",
        "no domain",
    ],
)
def test_a_client_is_refused_that_is_not_the_user(server: Server, user: str, password: str) -> None:
    status, said, complaint = log_in(server.port, user, password)
    assert (status, complaint) == (1, "client: the other side refused\n")
    assert "the server says" not in said
    assert server.line().startswith("refused: ")


@needs_a_password
def test_a_refusal_for_a_wrong_password_says_so_on_the_server(server: Server) -> None:
    log_in(server.port, r"EXAMPLE\alice", "wrong")
    assert "SEC_E_LOGON_DENIED" in server.line()


@needs_a_password
def test_the_server_still_listens_after_a_wrong_password(server: Server) -> None:
    log_in(server.port, r"EXAMPLE\alice", "wrong")
    server.line()
    status, _, _ = log_in(server.port, r"EXAMPLE\alice", "Wonderland")
    assert (status, server.line()) == (0, r"accepted EXAMPLE\alice")


@needs_a_password
def test_the_name_of_a_user_may_be_in_any_case(server: Server) -> None:
    assert log_in(server.port, r"example\ALICE", "Wonderland")[0] == 0


@needs_a_password
@pytest.mark.parametrize(
    ("user", "password"), [(r"EXAMPLE\alice", ""), ("EXAMPLE\\", "Wonderland")]
)
def test_an_empty_name_or_password_is_rejected_in_a_line(user: str, password: str) -> None:
    status, _, complaint = log_in(1, user, password)
    assert (status, complaint) == (1, "client: the name and the password must not be empty\n")


# The buffers, in this process.


@pytest.fixture
def modules() -> tuple[ModuleType, ModuleType]:
    if importlib.util.find_spec("sspilib") is None:
        missing("sspilib", "pip install sspilib")
    return importlib.import_module("client"), importlib.import_module("server")


def exchange(ends: Ends, client: ModuleType, server: ModuleType) -> list[TokenChannel]:
    """Let the two authenticate. Their max token is one that no library has."""
    sspi = client.sspi
    identity = sspi.WinNTAuthIdentity("alice", "EXAMPLE", "Wonderland")
    outbound, inbound = (
        sspi.acquire_credentials_handle(None, "NTLM", use, auth_data=identity).credential
        for use in (
            sspi.CredentialUse.SECPKG_CRED_OUTBOUND,
            sspi.CredentialUse.SECPKG_CRED_INBOUND,
        )
    )
    with FakeSspi([PackageInfo("NTLM", "", Capability.CONNECTION, 1, RpcAuthn.WINNT, 3001)]):
        channels = [TokenChannel(end, "NTLM") for end in ends]
    accepting = threading.Thread(target=server.authenticate, args=(channels[1], inbound))
    accepting.start()
    client.authenticate(channels[0], outbound)
    accepting.join()
    return channels


@needs_a_password
def test_sspi_writes_every_token_into_a_buffer_that_query_max_token_sized(
    ends: Ends, modules: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    sspi = modules[0].sspi
    sizes: dict[str, list[int]] = {"initialize": [], "accept": []}

    def watch(name: str) -> Callable[..., Any]:
        original = getattr(sspi, f"{name}_security_context")

        def watching(*arguments: Any) -> Any:
            sizes[name].append(arguments[-1][0].count)
            return original(*arguments)

        return watching

    for name in sizes:
        monkeypatch.setattr(sspi, f"{name}_security_context", watch(name))
    channels = exchange(ends, *modules)
    assert sizes == {"initialize": [3001, 3001], "accept": [3001, 3001]}
    assert [bytes(channel.outgoing[:8]) for channel in channels] == [b"NTLMSSP\0"] * 2


@needs_a_password
def test_the_server_completes_the_last_token_as_sspi_rs_asks_it_to(
    ends: Ends, modules: tuple[ModuleType, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    sspi = modules[1].sspi
    calls = []
    original = sspi.complete_auth_token

    def complete(*arguments: Any) -> None:
        calls.append(arguments)
        original(*arguments)

    monkeypatch.setattr(sspi, "complete_auth_token", complete)
    exchange(ends, *modules)
    assert len(calls) == 1


# A hostile client.


def hostile_client(port: int, sent: bytes) -> bytes:
    """Send something, say that there is no more, and return what the server answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=LONG) as client:
        client.sendall(sent)
        answer = b""
        # The server may have closed the connection already, without reading everything.
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)
            while received := client.recv(1000):
                answer += received
        return answer


HOSTILE_CLIENTS = {
    "another protocol": b"GET / HTTP/1.1\r\n\r\n",
    "garbage": b"\0\0\0\x04NTLM",
    "empty token": b"\0\0\0\0",
    "cut token": b"\0\0\0\x0cNTLMSSP\0\x01\0\0\0",
    "half a token": b"\0\0\0\x0cNTLM",
    "half a length": b"\0\0",
    "nothing": b"",
}


@pytest.mark.parametrize("sent", HOSTILE_CLIENTS.values(), ids=HOSTILE_CLIENTS)
def test_the_server_refuses_a_client_that_breaks_the_protocol_and_still_listens(
    server: Server, sent: bytes
) -> None:
    for _ in range(2):
        hostile_client(server.port, sent)
        assert server.line().startswith("refused: ")


def test_the_server_tells_a_client_whose_token_is_invalid_that_it_refuses(server: Server) -> None:
    assert hostile_client(server.port, HOSTILE_CLIENTS["garbage"]) == b"\0\0\0\0"


def test_the_server_says_how_large_a_token_was_announced_that_has_no_room(server: Server) -> None:
    size = query_max_token("NTLM")
    hostile_client(server.port, (size + 1).to_bytes(4, "big") + b"x")
    line = server.line()
    assert f"a token of {size + 1} bytes, but the largest of NTLM has {size}" in line


def test_the_server_gives_up_on_a_client_that_sends_nothing(tmp_path: Path) -> None:
    hurry = "import framing; framing.TokenChannel.__init__.__defaults__ = (0.1,)"
    with Server(tmp_path / "account", before=hurry) as server:
        with socket.create_connection(("127.0.0.1", server.port)):
            assert server.line() in ("refused: timed out", "refused: the other side took too long")


# A hostile server, and one between the two.


@contextlib.contextmanager
def client_of_ours() -> Iterator[tuple[Script, socket.socket]]:
    """A client, and the connection that it opened to us."""
    arguments = ["--package", "NTLM"] if WINDOWS else [r"EXAMPLE\alice"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LONG)
        port = str(listener.getsockname()[1])
        with Script("client.py", *arguments, "--port", port) as client:
            assert client.stdin is not None
            client.stdin.write("Wonderland\n")
            client.stdin.flush()
            connection, _ = listener.accept()
            with connection:
                yield client, connection


def token_from(connection: socket.socket) -> bytes:
    with connection.makefile("rb", buffering=0) as file:
        length = file.read(4)
        token = b""
        while len(token) < int.from_bytes(length, "big"):
            token += file.read(int.from_bytes(length, "big") - len(token))
    return length + token


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (b"", "the connection ended after 0 of the 4 bytes of a length"),
        (b"\0\0\0\x09NTLM", "the connection ended after 4 of the 9 bytes of a token"),
        (b"\0\0\0\0", "the other side refused"),
        (b"\xff\xff\xff\xffNTLM", "the other side announced a token of 4294967295 bytes"),
        (b"\0\0\0\x04NTLM", "0x80090308" if WINDOWS else "SEC_E_INTERNAL_ERROR"),
    ],
    ids=["nothing", "half a token", "refusal", "no room", "garbage"],
)
def test_the_client_says_in_a_line_how_a_server_broke_the_protocol(
    sent: bytes, complaint: str
) -> None:
    with client_of_ours() as (client, connection):
        token_from(connection)
        connection.sendall(sent)
        # The client may have closed the connection already, without reading everything.
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        status, said, stderr = client.result()
    assert (status, stderr.count("\n")) == (1, 1)
    assert stderr.startswith("client: ")
    assert complaint in stderr
    assert "the server says" not in said


def change(token: bytes) -> bytes:
    return token[:-1] + bytes([token[-1] ^ 1])


def relay(server: Server, change_message: Callable[[bytes], bytes]) -> tuple[list[bytes], str]:
    """Stand between client and server. Return what they sent, and what the client complains."""
    with (
        client_of_ours() as (client, ours),
        socket.create_connection(("127.0.0.1", server.port), timeout=LONG) as theirs,
    ):
        sent = []
        for origin, target in ((ours, theirs), (theirs, ours), (ours, theirs)):
            sent.append(token_from(origin))
            target.sendall(sent[-1])
        sent.append(token_from(theirs))
        ours.sendall(change_message(sent[-1]))
        _, _, stderr = client.result()
    return sent, stderr


@needs_a_password
def test_the_message_is_encrypted_on_its_way(server: Server) -> None:
    sent, complaint = relay(server, lambda message: message)
    assert complaint == ""
    assert not any(b"hello" in token for token in sent)


@needs_a_password
@pytest.mark.parametrize(
    "forge",
    [change, lambda message: message[:4] + bytes(len(message) - 4)],
    ids=["one bit changed", "made without the password"],
)
def test_the_client_rejects_a_message_that_the_server_did_not_encrypt(
    server: Server, forge: Callable[[bytes], bytes]
) -> None:
    _, complaint = relay(server, forge)
    assert complaint.startswith("client: ")
    assert "SEC_E_MESSAGE_ALTERED" in complaint


# What goes wrong before the first token.


def test_a_client_says_that_no_server_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    arguments = ["--package", "NTLM"] if WINDOWS else [r"EXAMPLE\alice"]
    with Script("client.py", *arguments, "--port", port) as client:
        status, _, complaint = client.result("Wonderland\n")
    assert (status, complaint) == (1, f"client: no server listens on port {port}\n")


@pytest.mark.skipif(WINDOWS, reason="Windows knows its users, so there is no file of them")
@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("EXAMPLE:alice:Wonderland\n".encode("utf-16"), "is not UTF-8"),
        (b"EXAMPLE:al\0ice:Wonderland\n", "must have one line"),
        (b"alice:Wonderland\n", "must have one line"),
        (b"EXAMPLE:alice:\n", "must have one line"),
        (b"EXAMPLE:alice:Wonderland\nEXAMPLE:bob:Builder\n", "must have one line"),
        (b"", "must have one line"),
    ],
    ids=["missing", "UTF-16", "a NUL", "no domain", "no password", "two users", "empty"],
)
def test_the_server_says_at_its_start_what_is_wrong_with_the_file(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    account = tmp_path / "account"
    if content is not None:
        account.write_bytes(content)
    with Script("server.py", str(account), "--port", "0") as server:
        status, stdout, stderr = server.result()
    assert (status, stdout, stderr.count("\n")) == (1, "", 1)
    assert stderr.startswith("server: ")
    assert complaint in stderr
    assert str(account) in stderr


@pytest.mark.skipif(WINDOWS, reason="Windows knows its users, so there is no file of them")
@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfEXAMPLE:alice:Wonder:land\r\n", b"EXAMPLE:alice:Wonder:land"],
    ids=["as Windows' editors write it", "no end of line"],
)
def test_the_file_may_have_a_bom_and_any_end_of_line_and_the_password_a_colon(
    modules: tuple[ModuleType, ModuleType], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "account").write_bytes(content)
    account = modules[1].read_account(str(tmp_path / "account"))
    assert (account.domain, account.username) == ("EXAMPLE", "alice")
    assert account.password == "Wonder:land"


FAKE = (
    f"from sspi_pkginfo.testing import FakeSspi; "
    f"FakeSspi.from_json({str(DATA / 'windows-10.json')!r}).__enter__()"
)


@pytest.mark.parametrize("name", ["client.py", "server.py"])
@pytest.mark.parametrize(
    ("package", "complaint"),
    [
        ("CloudAP", "CloudAP has no tokens to exchange: its max token is 0"),
        ("Negotiat", "no security package is named 'Negotiat'"),
    ],
)
def test_a_package_that_cannot_be_used_is_named_at_the_start(
    tmp_path: Path, name: str, package: str, complaint: str
) -> None:
    (tmp_path / "account").write_text("EXAMPLE:alice:Wonderland\n")
    first = {"client.py": r"EXAMPLE\alice", "server.py": str(tmp_path / "account")}
    arguments = [] if WINDOWS else [first[name]]
    with Script(name, *arguments, "--package", package, before=FAKE) as script:
        status, stdout, stderr = script.result()
    assert (status, stdout, stderr.count("\n")) == (1, "", 1)
    assert complaint in stderr


@needs_a_password
def test_the_name_of_the_package_may_be_in_any_case(server: Server) -> None:
    arguments = (r"EXAMPLE\alice", "--package", "ntlm", "--port", str(server.port))
    with Script("client.py", *arguments) as client:
        assert client.result("Wonderland\n")[0] == 0


@pytest.mark.parametrize("name", ["client.py", "server.py"])
def test_the_package_is_ntlm_unless_this_is_windows(name: str) -> None:
    with Script(name, "--help") as script:
        _, stdout, _ = script.result()
    assert f"default: {'Negotiate' if WINDOWS else 'NTLM'}" in stdout


@pytest.mark.parametrize("name", ["client.py", "server.py"])
@pytest.mark.skipif(WINDOWS, reason="Windows knows who is logged on")
def test_without_windows_a_user_must_be_named(name: str) -> None:
    with Script(name) as script:
        status, _, complaint = script.result()
    assert status == 2
    assert f"error: name a {'user' if name == 'client.py' else 'file'}" in complaint


@pytest.mark.skipif(not WINDOWS, reason="only Windows knows who is logged on")
def test_on_windows_the_client_asks_for_no_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with Script("client.py", "--port", str(listener.getsockname()[1])) as client:
            assert client.line() == (
                f"room for Negotiate tokens of {query_max_token('Negotiate')} bytes"
            )
            listener.settimeout(LONG)
            listener.accept()[0].close()
            assert client.result()[2].startswith("client: ")


@pytest.mark.skipif(WINDOWS, reason="there is no SIGINT to send to another process")
def test_ctrl_c_ends_the_server_without_a_traceback(tmp_path: Path) -> None:
    # In case that whoever runs the tests ignores it.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with Server(tmp_path / "account", before=listen) as server:
        server.send_signal(signal.SIGINT)
        assert server.result() == (130, "", "")


# The page.


@needs_a_password
def test_the_page_shows_what_the_two_sides_print(server: Server) -> None:
    _, said, _ = log_in(server.port, r"EXAMPLE\alice", "Wonderland")
    _, _, complaint = log_in(server.port, r"EXAMPLE\alice", "wrong")
    lines = [server.room, server.line(), server.line(), *said.splitlines(), complaint.rstrip()]
    page = PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:console|text)\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    shown = {line for block in blocks for line in block.splitlines()}
    assert [line for line in lines if line not in shown] == []
