"""Authenticate clients, one after another, and send each an encrypted message.

On Windows the users are those of Windows. On other systems there is one user, whose name and
password are in a file. That is for trying things out only.
"""

import argparse
import contextlib
import re
import socket
import sys
from pathlib import Path

import sspilib.raw as sspi
from framing import DEFAULT_PACKAGE, TokenChannel, token_buffer

from sspi_pkginfo import query_package

HOST = "127.0.0.1"
ACCOUNT = re.compile(r"([^:\n\0]+):([^:\n\0]+):([^\n\0]+)\n*")


def authenticate(channel: TokenChannel, credential: sspi.CredHandle) -> sspi.CtxtHandle:
    """Exchange tokens with the client until SSPI knows who it is."""
    context = None
    while True:
        received = sspi.SecBufferDesc(
            [sspi.SecBuffer(channel.receive(), sspi.SecBufferType.SECBUFFER_TOKEN)]
        )
        output = sspi.SecBufferDesc(
            [sspi.SecBuffer(channel.outgoing, sspi.SecBufferType.SECBUFFER_TOKEN)]
        )
        context, _, _, status = sspi.accept_security_context(
            credential,
            context,
            received,
            sspi.AscReq.ASC_REQ_CONFIDENTIALITY,
            sspi.TargetDataRep.SECURITY_NATIVE_DREP,
            output,
        )
        # sspi-rs asks for this, and checks the password in it.
        if status in (
            sspi.NtStatus.SEC_I_COMPLETE_NEEDED,
            sspi.NtStatus.SEC_I_COMPLETE_AND_CONTINUE,
        ):
            sspi.complete_auth_token(context, output)
        if output[0].count:
            channel.send(output[0].data)
        if status in (sspi.NtStatus.SEC_E_OK, sspi.NtStatus.SEC_I_COMPLETE_NEEDED):
            return context


def encrypt(context: sspi.CtxtHandle, text: str) -> bytes:
    sizes = sspi.query_context_attributes(context, sspi.SecPkgContextSizes)
    message = sspi.SecBufferDesc(
        [
            sspi.SecBuffer(bytearray(sizes.security_trailer), sspi.SecBufferType.SECBUFFER_TOKEN),
            sspi.SecBuffer(bytearray(text.encode()), sspi.SecBufferType.SECBUFFER_DATA),
            sspi.SecBuffer(bytearray(sizes.block_size), sspi.SecBufferType.SECBUFFER_PADDING),
        ]
    )
    sspi.encrypt_message(context, 0, message, 0)
    return b"".join(part.data for part in message)


def serve(
    channel: TokenChannel, credential: sspi.CredHandle, account: sspi.WinNTAuthIdentity | None
) -> None:
    try:
        context = authenticate(channel, credential)
        user = sspi.query_context_attributes(context, sspi.SecPkgContextNames).username
        # sspi-rs accepts any name that comes with the right password.
        if account and user.lower() != rf"{account.domain}\{account.username}".lower():
            raise PermissionError(f"the right password, but for {user!r}")
        channel.send(encrypt(context, f"hello {user}"))
        print(f"accepted {user}", flush=True)
    except (OSError, ValueError) as error:
        print(f"refused: {error}", flush=True)
        with contextlib.suppress(OSError):
            channel.refuse()


def read_account(path: str) -> sspi.WinNTAuthIdentity:
    try:
        line = ACCOUNT.fullmatch(Path(path).read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError(
            f"{path} is not UTF-8 (the > of Windows PowerShell writes UTF-16)"
        ) from None
    if not line:
        raise ValueError(f"{path} must have one line, DOMAIN:user:password")
    domain, user, password = line.groups()
    return sspi.WinNTAuthIdentity(user, domain, password)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("account", nargs="?", help="a file with one line, DOMAIN:user:password")
    parser.add_argument("--package", default=DEFAULT_PACKAGE, help="default: %(default)s")
    parser.add_argument("--port", type=int, default=2000, help="default: %(default)s; 0: any")
    options = parser.parse_args()
    if sys.platform == "win32" and options.account:
        parser.error("leave out the file: Windows knows its users and their passwords")
    if sys.platform != "win32" and not options.account:
        parser.error("name a file with one line, DOMAIN:user:password")
    try:
        account = read_account(options.account) if options.account else None
        package = query_package(options.package).name
        print(f"room for {package} tokens of {len(token_buffer(package))} bytes")
        credential = sspi.acquire_credentials_handle(
            None, package, sspi.CredentialUse.SECPKG_CRED_INBOUND, auth_data=account
        ).credential
        with socket.create_server((HOST, options.port)) as listener:
            # On Windows, Ctrl-C has to wait until accept returns (cpython#85609).
            listener.settimeout(1)
            print(f"listening on port {listener.getsockname()[1]}", flush=True)
            while True:
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                with connection:
                    serve(TokenChannel(connection, package), credential, account)
    except (OSError, ValueError, OverflowError) as error:
        sys.exit(f"server: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
