"""The example of a client and a server on sockets: docs/examples/sockets."""

import importlib.util
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import DATA, missing

from sspi_pkginfo import Capability, PackageInfo, RpcAuthn, query_max_token
from sspi_pkginfo.testing import FakeSspi

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "sockets"
sys.path.insert(0, str(EXAMPLE))

from framing import FramingError, TokenChannel  # noqa: E402

needs_pyspnego = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows' CPython is not given pyspnego here"
)


class OneByteAtATime(socket.socket):
    """A network that splits whatever is sent."""

    def recv_into(self, buffer: memoryview, *_: int) -> int:  # type: ignore[override]
        return super().recv_into(buffer, 1)


@pytest.fixture
def package() -> Iterator[str]:
    """The name of a package whose tokens have at most ten bytes."""
    ten = PackageInfo("Ten", "", Capability.CONNECTION, 1, RpcAuthn.ID_NONE, 10)
    with FakeSspi([ten]):
        yield ten.name


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Ends = tuple[socket.socket, socket.socket]


@pytest.mark.parametrize("capture", ["windows-7.json", "windows-10.json"])
@pytest.mark.parametrize("package", ["Negotiate", "Kerberos", "NTLM", "Schannel"])
def test_has_room_for_the_largest_token_and_no_more(ends: Ends, capture: str, package: str) -> None:
    with FakeSspi.from_json(DATA / capture):
        channels = [TokenChannel(end, package) for end in ends]
        assert [len(channel.buffer) for channel in channels] == [query_max_token(package)] * 2


def test_asks_the_library_of_this_machine(ends: Ends) -> None:
    assert len(TokenChannel(ends[0], "NTLM").buffer) == query_max_token("NTLM")


def test_refuses_a_package_that_hands_out_no_tokens(ends: Ends) -> None:
    with (
        FakeSspi.from_json(DATA / "windows-10.json"),
        pytest.raises(ValueError, match="CloudAP has no tokens to exchange: its max token is 0"),
    ):
        TokenChannel(ends[0], "CloudAP")


@pytest.mark.parametrize("token", [b"", b"token", b"ten bytes!"])
def test_receives_what_was_sent(ends: Ends, package: str, token: bytes) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    client.send(token)
    assert server.receive() == token


def test_keeps_tokens_apart(ends: Ends, package: str) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    client.send(b"first")
    client.send(b"2nd")
    assert [bytes(server.receive()), bytes(server.receive())] == [b"first", b"2nd"]


def test_receives_into_the_buffer_that_it_began_with(ends: Ends, package: str) -> None:
    client, server = (TokenChannel(end, package) for end in ends)
    buffer = server.buffer
    client.send(b"token")
    assert server.receive().obj is buffer
    assert buffer == b"token".ljust(10, b"\0")


def test_puts_a_token_together_that_arrives_in_pieces(ends: Ends, package: str) -> None:
    ours, theirs = ends
    with OneByteAtATime(ours.family, ours.type, ours.proto, fileno=ours.detach()) as split:
        TokenChannel(theirs, package).send(b"ten bytes!")
        assert TokenChannel(split, package).receive() == b"ten bytes!"


@pytest.mark.parametrize("length", [11, 48256, 0xFFFFFFFF])
def test_refuses_a_longer_token_before_it_reads_any_of_it(
    ends: Ends, package: str, length: int
) -> None:
    ours, theirs = ends
    theirs.sendall(length.to_bytes(4, "big") + b"eleven bytes")
    channel = TokenChannel(ours, package)
    with pytest.raises(FramingError, match=rf"{length} bytes .* at most 10$"):
        channel.receive()
    assert channel.buffer == bytes(10)
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
def test_says_where_the_connection_ended(
    ends: Ends, package: str, sent: bytes, complaint: str
) -> None:
    ours, theirs = ends
    theirs.sendall(sent)
    theirs.close()
    with pytest.raises(FramingError, match=complaint):
        TokenChannel(ours, package).receive()


def test_gives_up_on_a_peer_that_sends_nothing(ends: Ends, package: str) -> None:
    with pytest.raises(TimeoutError):
        TokenChannel(ends[0], package, timeout=0.05).receive()


def test_gives_up_on_a_peer_that_sends_a_byte_now_and_then(
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


# From here on with NTLM through pyspnego, and the scripts as people run them.

Script = subprocess.Popen[str]


def script(name: str, *arguments: str) -> Script:
    return subprocess.Popen(
        [sys.executable, EXAMPLE / name, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running_server(users: Path) -> Iterator[tuple[Script, int]]:
    if importlib.util.find_spec("spnego") is None:
        missing("pyspnego", "pip install pyspnego")
    users.write_text("EXAMPLE:alice:Wonderland\n")
    with script("server.py", str(users), "--port", "0") as server:
        try:
            assert server.stdout is not None
            yield server, int(server.stdout.readline().rpartition(" ")[2])
        finally:
            server.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Script, int]]:
    with running_server(tmp_path / "users") as server:
        yield server


def log_in(port: int, user: str, password: str) -> tuple[int, str, str]:
    with script("client.py", user, "--port", str(port)) as client:
        stdout, stderr = client.communicate(password + "\n", timeout=30)
        return client.returncode, stdout, stderr


@needs_pyspnego
def test_authenticates_with_the_right_password(server: tuple[Script, int]) -> None:
    process, port = server
    status, said, complaint = log_in(port, r"EXAMPLE\alice", "Wonderland")
    assert (status, complaint) == (0, "")
    assert r"the server says: hello EXAMPLE\alice" in said
    assert r"accepted EXAMPLE\alice" in process.communicate(timeout=30)[0]


@needs_pyspnego
@pytest.mark.parametrize(
    ("user", "password"),
    [(r"EXAMPLE\alice", "wonderland"), (r"EXAMPLE\bob", "Wonderland"), (r"EXAMPLE\alice", "")],
    ids=["wrong password", "unknown user", "no password"],
)
def test_refuses(server: tuple[Script, int], user: str, password: str) -> None:
    process, port = server
    status, said, complaint = log_in(port, user, password)
    assert (status, complaint) == (1, "client: PermissionError: the server refused\n")
    assert "the server says" not in said
    output, errors = process.communicate(timeout=30)
    assert "refused: " in output
    assert "accepted" not in output
    assert (process.returncode, errors) == (0, "")


@needs_pyspnego
def test_both_sides_ask_for_the_size_first(server: tuple[Script, int]) -> None:
    process, port = server
    _, said, _ = log_in(port, r"EXAMPLE\alice", "Wonderland")
    room = f"room for NTLM tokens of {query_max_token('NTLM')} bytes\n"
    assert said.startswith(room)
    assert process.communicate(timeout=30)[0].startswith(room)


@needs_pyspnego
@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\0\x04NTLM",
        b"\0\0\0\0",
        b"\0\0\0\x0cNTLMSSP\0\x01\0\0\0",
        b"",
    ],
    ids=["another protocol", "garbage", "empty token", "cut token", "nothing"],
)
def test_the_server_survives_whatever_a_client_sends(
    server: tuple[Script, int], sent: bytes
) -> None:
    process, port = server
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        output, errors = process.communicate(timeout=30)
    assert "refused: " in output
    assert (process.returncode, errors) == (0, "")
