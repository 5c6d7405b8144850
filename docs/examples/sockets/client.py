"""Authenticate to server.py with NTLM. The password comes from the terminal, or from stdin."""

import argparse
import getpass
import socket
import sys

import spnego
from framing import FramingError, TokenChannel

PACKAGE = "NTLM"
# NTLM takes two; a server that keeps asking is not to keep us for ever.
MOST_TOKENS = 8


def authenticate(channel: TokenChannel, username: str, password: str) -> str:
    """Return the greeting of a server that accepts us. Raises `PermissionError` if it does not."""
    context = spnego.client(
        username,
        password,
        protocol=PACKAGE,
        options=spnego.NegotiateOptions.use_ntlm,
    )
    token = context.step()
    for _ in range(MOST_TOKENS):
        channel.send(token or b"")
        # A copy, since pyspnego asks for bytes. SSPI itself would take the buffer.
        answer = bytes(channel.receive())
        if not answer:
            raise PermissionError("the server refused")
        if context.complete:
            # Only a server that knows the password has the key for this.
            return context.unwrap(answer).data.decode()
        token = context.step(answer)
    raise FramingError("the server asks for too many tokens")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("username", help=r"DOMAIN\user")
    parser.add_argument("--port", type=int, default=2000)
    options = parser.parse_args()
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    try:
        with socket.create_connection(("127.0.0.1", options.port), timeout=10) as connection:
            channel = TokenChannel(connection, PACKAGE)
            print(f"room for {PACKAGE} tokens of {len(channel.buffer)} bytes")
            print(f"the server says: {authenticate(channel, options.username, password)}")
    # A malformed token makes pyspnego raise whatever its parser trips over, KeyError for one.
    except Exception as error:
        sys.exit(f"client: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
