"""Tokens on a stream socket: four bytes of length in network order, and then the token."""

import socket
import struct
import time

from sspi_pkginfo import query_max_token

LENGTH = struct.Struct("!I")


class FramingError(Exception):
    """The other side does not keep to the framing. The connection is of no more use."""


class TokenChannel:
    """One end of an exchange of tokens, with room for the largest that its package makes.

    `timeout` is in seconds and for the exchange as a whole. Raises `ValueError` for a package that
    hands applications no token.
    """

    def __init__(self, connection: socket.socket, package: str, timeout: float = 10.0) -> None:
        max_token = query_max_token(package)
        if max_token == 0:
            raise ValueError(f"{package} has no tokens to exchange: its max token is 0")
        self.package = package
        self.buffer = bytearray(max_token)
        self._length = bytearray(LENGTH.size)
        self._connection = connection
        # One for each recv would let a peer that sends a byte now and then keep us for hours.
        self._deadline = time.monotonic() + timeout

    def send(self, token: bytes) -> None:
        self._connection.settimeout(self._time_left())
        # In one piece, for two would wait for one another: Nagle's algorithm and delayed ACKs.
        self._connection.sendall(LENGTH.pack(len(token)) + token)

    def receive(self) -> memoryview:
        """Return the next token, in the buffer: the one after it will overwrite it.

        Raises `FramingError` for a token that is longer than the buffer, and reads none of it.
        """
        self._fill(memoryview(self._length), "length")
        (length,) = LENGTH.unpack(self._length)
        if length > len(self.buffer):
            raise FramingError(
                f"a token of {length} bytes was announced; those of {self.package} "
                f"have at most {len(self.buffer)}"
            )
        token = memoryview(self.buffer)[:length]
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
