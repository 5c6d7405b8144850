"""What is known of one security package."""

from dataclasses import dataclass

from ._flags import Capability, RpcAuthn


@dataclass(frozen=True, slots=True)
class PackageInfo:
    """One security package, as `SecPkgInfoW` describes it.

    https://learn.microsoft.com/windows/win32/api/sspi/ns-sspi-secpkginfow
    """

    name: str
    """What to ask for, "Negotiate" for example (`Name`)."""
    comment: str
    """A description for people (`Comment`)."""
    capabilities: Capability
    """What the package can do (`fCapabilities`)."""
    version: int
    """The version of its protocol (`wVersion`)."""
    rpc_id: RpcAuthn | int
    """Its identifier in DCE RPC, a plain int when that has no public name (`wRPCID`)."""
    max_token: int
    """The size in bytes of the largest token that it produces (`cbMaxToken`).

    A setting of the machine, not a constant. Zero from a package that gives applications no token.
    """

    def to_dict(self) -> dict[str, object]:
        """Return the fields as values that `json.dumps` takes.

        `capabilities` is the list of the names of the flags, and `capabilities_value` the integer,
        which keeps the bits that have no name yet.
        """
        return {
            "name": self.name,
            "comment": self.comment,
            "capabilities": [flag.name for flag in self.capabilities],
            "capabilities_value": int(self.capabilities),
            "version": self.version,
            "rpc_id": int(self.rpc_id),
            "max_token": self.max_token,
        }


Unfrozen = type("Unfrozen", (), {"__slots__": PackageInfo.__slots__})
"""A `PackageInfo` that takes assignments; with `PackageInfo` as its `__class__` it is one.

The constructor of a frozen class calls `object.__setattr__` for each field, for thrice the time.
"""
