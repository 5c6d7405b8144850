"""What a security package reports about itself in `fCapabilities` and `wRPCID`."""

import enum


class Capability(enum.IntFlag):
    """The `SECPKG_FLAG_*` bits of `fCapabilities`, without that prefix.

    A bit that has no name yet is kept in the value. See `fCapabilities` in
    https://learn.microsoft.com/windows/win32/api/sspi/ns-sspi-secpkginfow
    """

    _description: str

    def __new__(cls, value: int, description: str = "") -> "Capability":
        self = int.__new__(cls, value)
        self._value_ = value
        self._description = description
        return self

    INTEGRITY = 0x1, "Signs messages and verifies signatures."
    PRIVACY = 0x2, "Encrypts and decrypts messages."
    TOKEN_ONLY = 0x4, "Uses only the security token of a message, not its data."
    DATAGRAM = 0x8, "Authenticates datagrams."
    CONNECTION = 0x10, "Authenticates connections."
    MULTI_REQUIRED = 0x20, "Needs more than one exchange of tokens to authenticate."
    CLIENT_ONLY = 0x40, "Serves clients only: a server cannot use it."
    EXTENDED_ERROR = 0x80, "Can tell the other side the reason for a failure."
    IMPERSONATION = 0x100, "Lets a server act as its client."
    ACCEPT_WIN32_NAME = 0x200, "Understands Windows names of principals and targets."
    STREAM = 0x400, "Frames its messages itself, so that callers see a stream of bytes."
    NEGOTIABLE = 0x800, "Can be chosen by the Negotiate package."
    GSS_COMPATIBLE = 0x1000, "Works with GSS-API peers."
    LOGON = 0x2000, "Logs users on through LsaLogonUser."
    ASCII_BUFFERS = 0x4000, "Writes its tokens as ASCII text."
    FRAGMENT = 0x8000, "Can split a large token into several smaller buffers."
    MUTUAL_AUTH = 0x10000, "Authenticates the server to the client as well."
    DELEGATION = 0x20000, "Passes the client's credentials on to the server."
    READONLY_WITH_CHECKSUM = 0x40000, "Can add a checksum in place of encrypting a message."
    RESTRICTED_TOKENS = 0x80000, "Accepts callers that run with a restricted token."
    NEGO_EXTENDER = 0x100000, "Extends the Negotiate package with further packages."
    NEGOTIABLE2 = 0x200000, "Can be chosen through NegoExtender."
    APPCONTAINER_PASSTHROUGH = 0x400000, "Takes all calls from AppContainer apps."
    APPCONTAINER_CHECKS = 0x800000, "Takes AppContainer calls with credentials or to a proxy only."
    CREDENTIAL_ISOLATION_ENABLED = 0x1000000, "Runs with Credential Guard."
    APPLY_LOOPBACK = 0x2000000, "Recognises a connection from a machine to itself."

    @property
    def description(self) -> str:
        """What each flag in it means, a sentence each. A bit that has no name yet has none."""
        return " ".join(flag._description for flag in self)


class RpcAuthn(enum.IntEnum):
    """The `RPC_C_AUTHN_*` identifiers that `wRPCID` holds, without that prefix.

    https://learn.microsoft.com/windows/win32/rpc/authentication-service-constants
    """

    NONE = 0
    DCE_PRIVATE = 1
    DCE_PUBLIC = 2
    DEC_PUBLIC = 4
    GSS_NEGOTIATE = 9
    WINNT = 10
    GSS_SCHANNEL = 14
    GSS_KERBEROS = 16
    DPA = 17
    MSN = 18
    KERNEL = 20
    DIGEST = 21
    NEGO_EXTENDER = 30
    PKU2U = 31
    LIVE_SSP = 32
    LIVEXP_SSP = 35
    CLOUD_AP = 36
    MSONLINE = 82
    MQ = 100
    ID_NONE = 0xFFFF
    """`SECPKG_ID_NONE`: the package has no identifier in DCE RPC."""
