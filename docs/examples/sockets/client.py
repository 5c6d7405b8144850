"""Authenticate to server.py and print its message.

The password comes from the terminal, or from stdin. On Windows, without a username, you
authenticate as the user who is logged on.
"""

import argparse
import getpass
import socket
import sys

import sspilib.raw as sspi
from framing import DEFAULT_PACKAGE, TokenChannel, token_buffer

from sspi_pkginfo import query_package

HOST = "127.0.0.1"
# Kerberos needs the name that the server has in its domain. NTLM does without.
TARGET = f"host/{HOST}"


def authenticate(channel: TokenChannel, credential: sspi.CredHandle) -> sspi.CtxtHandle:
    """Exchange tokens with the server until SSPI is satisfied."""
    context = None
    received = None
    while True:
        output = sspi.SecBufferDesc(
            [sspi.SecBuffer(channel.outgoing, sspi.SecBufferType.SECBUFFER_TOKEN)]
        )
        context, _, _, status = sspi.initialize_security_context(
            credential,
            context,
            TARGET,
            sspi.IscReq.ISC_REQ_CONFIDENTIALITY,
            sspi.TargetDataRep.SECURITY_NATIVE_DREP,
            received,
            output,
        )
        if output[0].count:
            channel.send(output[0].data)
        if status == sspi.NtStatus.SEC_E_OK:
            return context
        received = sspi.SecBufferDesc(
            [sspi.SecBuffer(channel.receive(), sspi.SecBufferType.SECBUFFER_TOKEN)]
        )


def decrypt(context: sspi.CtxtHandle, encrypted: memoryview) -> str:
    """Return the text of a message. Only a server that knows the password can encrypt one."""
    message = sspi.SecBufferDesc(
        [
            sspi.SecBuffer(encrypted, sspi.SecBufferType.SECBUFFER_STREAM),
            sspi.SecBuffer(None, sspi.SecBufferType.SECBUFFER_DATA),
        ]
    )
    sspi.decrypt_message(context, message, 0)
    return message[1].data.decode()


def ask_password(username: str) -> sspi.WinNTAuthIdentity:
    r"""Return the identity of DOMAIN\user with a password from the terminal, or from stdin."""
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    domain, _, user = username.rpartition("\\")
    # sspilib raises MemoryError for an empty string.
    if not user or not password:
        raise ValueError("the name and the password must not be empty")
    return sspi.WinNTAuthIdentity(user, domain or None, password)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("username", nargs="?", help=r"DOMAIN\user")
    parser.add_argument("--package", default=DEFAULT_PACKAGE, help="default: %(default)s")
    parser.add_argument("--port", type=int, default=2000, help="default: %(default)s")
    options = parser.parse_args()
    if not options.username and sys.platform != "win32":
        parser.error(r"name a user as DOMAIN\user: only Windows knows who is logged on")
    try:
        package = query_package(options.package).name
        print(f"room for {package} tokens of {len(token_buffer(package))} bytes")
        credential = sspi.acquire_credentials_handle(
            None,
            package,
            sspi.CredentialUse.SECPKG_CRED_OUTBOUND,
            auth_data=ask_password(options.username) if options.username else None,
        ).credential
        with socket.create_connection((HOST, options.port), timeout=10) as connection:
            channel = TokenChannel(connection, package)
            context = authenticate(channel, credential)
            print(f"the server says: {decrypt(context, channel.receive())}")
    except ConnectionRefusedError:
        sys.exit(f"client: no server listens on port {options.port}")
    except (OSError, ValueError) as error:
        sys.exit(f"client: {error}")
    except (KeyboardInterrupt, EOFError):
        sys.exit(130)


if __name__ == "__main__":
    main()
