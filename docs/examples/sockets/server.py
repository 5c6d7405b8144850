r"""Authenticate users with NTLM, one connection after another.

The file of users has a line for each, DOMAIN:user:password, and is for trying things out only.
"""

import argparse
import os
import socket
import sys

import spnego
from framing import FramingError, TokenChannel

PACKAGE = "NTLM"
# NTLM takes two; a client that keeps sending is not to keep us for ever.
MOST_TOKENS = 8


def authenticate(channel: TokenChannel) -> str:
    """Return the name of the user who connects. Raises `PermissionError` if it is not proved."""
    context = spnego.server(protocol=PACKAGE, options=spnego.NegotiateOptions.use_ntlm)
    for _ in range(MOST_TOKENS):
        # A copy, since pyspnego asks for bytes. SSPI itself would take the buffer.
        token = bytes(channel.receive())
        try:
            answer = context.step(token)
            if context.complete:
                answer = context.wrap(f"hello {context.client_principal}".encode()).data
        # A malformed token makes pyspnego raise whatever its parser trips over, KeyError for one.
        except Exception as error:
            # No package makes an empty token, so it can stand for a no.
            channel.send(b"")
            raise PermissionError(str(error)) from error
        channel.send(answer or b"")
        if context.complete:
            return str(context.client_principal)
    raise FramingError("the client sends too many tokens")


def serve(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        try:
            channel = TokenChannel(connection, PACKAGE)
            print(f"room for {PACKAGE} tokens of {len(channel.buffer)} bytes")
            print(f"accepted {authenticate(channel)}")
        except (OSError, FramingError) as error:
            print(f"refused: {error}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("users", help="the file of users")
    parser.add_argument("--port", type=int, default=2000, help="0 for a free one")
    parser.add_argument("--connections", type=int, default=1, help="how many to serve")
    options = parser.parse_args()
    # pyspnego has no other way to be told.
    os.environ["NTLM_USER_FILE"] = options.users
    try:
        with socket.create_server(("127.0.0.1", options.port)) as listener:
            listener.settimeout(60)
            print(f"listening on port {listener.getsockname()[1]}", flush=True)
            for _ in range(options.connections):
                serve(listener)
    except (OSError, ValueError) as error:
        sys.exit(f"server: {error}")


if __name__ == "__main__":
    main()
