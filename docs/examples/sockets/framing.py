"""Tokens on a stream socket: four bytes of length in network order, and then the token.

Both sides need this file. An empty token signals a refusal.
"""

import socket
import struct
import sys
import time

from sspi_pkginfo import query_max_token

# On other systems NTLM is the package that needs no domain.
DEFAULT_PACKAGE = "Negotiate" if sys.platform == "win32" else "NTLM"
LENGTH = struct.Struct("!I")


class FramingError(ConnectionError):
    """The other side broke the framing, so the rest of the stream means nothing."""


def token_buffer(package: str) -> bytearray:
    """Return a buffer for the largest token of a package."""
    max_token = query_max_token(package)
    if max_token == 0:
        raise ValueError(f"{package} has no tokens to exchange: its max token is 0")
    return bytearray(max_token)


class TokenChannel:
    """One end of an exchange of tokens.

    `outgoing` is for SSPI to write a token into. `timeout` is in seconds, for the whole exchange.
    """

    def __init__(self, connection: socket.socket, package: str, timeout: float = 10.0) -> None:
        self.package = package
        self.incoming = token_buffer(package)
        self.outgoing = token_buffer(package)
        self._connection = connection
        # With a limit on each recv instead, one byte now and then could keep us for hours.
        self._deadline = time.monotonic() + timeout

    def send(self, token: bytes) -> None:
        self._connection.settimeout(self._time_left())
        # One call, because two small packets would wait for each other (Nagle, delayed ACK).
        self._connection.sendall(LENGTH.pack(len(token)) + token)

    def refuse(self) -> None:
        self.send(b"")

    def receive(self) -> memoryview:
        """Return the next token, in `incoming`. The token after it overwrites it.

        Raises `FramingError` before reading a token too large for the buffer, and
        `PermissionError` if the other side refuses.
        """
        header = bytearray(LENGTH.size)
        self._fill(memoryview(header), "length")
        (length,) = LENGTH.unpack(header)
        if length == 0:
            raise PermissionError("the other side refused")
        if length > len(self.incoming):
            raise FramingError(
                f"the other side announced a token of {length} bytes, "
                f"but the largest of {self.package} has {len(self.incoming)}"
            )
        token = memoryview(self.incoming)[:length]
        self._fill(token, "token")
        return token

    def _fill(self, view: memoryview, what: str) -> None:
        filled = 0
        while filled < len(view):
            self._connection.settimeout(self._time_left())
            received = self._connection.recv_into(view[filled:])
            if received == 0:
                raise FramingError(
                    f"the connection ended after {filled} of the {len(view)} bytes of a {what}"
                )
            filled += received

    def _time_left(self) -> float:
        left = self._deadline - time.monotonic()
        # Zero would make the socket non-blocking.
        if left <= 0:
            raise TimeoutError("the other side took too long")
        return left
