"""One security package, as SSPI reports it."""

from dataclasses import dataclass

from ._flags import Capability, RpcAuthn

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import TypedDict

    class PackageDict(TypedDict):
        """What `PackageInfo.to_dict` returns."""

        name: str
        comment: str
        capabilities: list[str]
        capabilities_value: int
        version: int
        rpc_id: int
        max_token: int

else:
    PackageDict = dict


def fold(name: str) -> tuple[str, str]:
    """Return what names that differ in case alone have in common."""
    # Both cases: to lower() a Kelvin sign is a k as well, and to upper() a dotless i is an I.
    return name.lower(), name.upper()


@dataclass(frozen=True)
class PackageInfo:
    """One security package, as `SecPkgInfoW` describes it.

    https://learn.microsoft.com/windows/win32/api/sspi/ns-sspi-secpkginfow
    """

    # Written out, because on Python 3.15 dataclass(slots=True) imports inspect.
    __slots__ = ("name", "comment", "capabilities", "version", "rpc_id", "max_token")  # noqa: RUF023

    name: str
    """The name to look it up by, such as "Negotiate" (`Name`)."""
    comment: str
    """The package's own description (`Comment`)."""
    capabilities: Capability
    """What the package can do (`fCapabilities`)."""
    version: int
    """The version of its protocol (`wVersion`)."""
    rpc_id: RpcAuthn | int
    """Its identifier in DCE RPC, a plain int if it has no public name (`wRPCID`)."""
    max_token: int
    """The size in bytes of its largest token, 0 if it gives applications none (`cbMaxToken`)."""

    def to_dict(self) -> PackageDict:
        """Return the fields as values that `json.dumps` takes.

        `capabilities` are the names of the flags, `capabilities_value` also has unnamed bits.
        """
        return {
            "name": self.name,
            "comment": self.comment,
            "capabilities": [str(flag.name) for flag in self.capabilities],
            "capabilities_value": int(self.capabilities),
            "version": self.version,
            "rpc_id": int(self.rpc_id),
            "max_token": self.max_token,
        }

    def __reduce__(self) -> tuple[object, ...]:
        # The constructor, because a frozen class takes no assignments when it is unpickled.
        return type(self), tuple(getattr(self, name) for name in self.__match_args__)
