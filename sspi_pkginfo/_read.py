"""What is copied out of a `SecPkgInfoW`: a package, its name alone, or its max token alone."""

from ._flags import Capability, RpcAuthn
from ._native import SecPkgInfoW, from_native
from ._package_info import PackageInfo

RPC_AUTHN = {member.value: member for member in RpcAuthn}
# Each combination that was ever read. Enum caches these too, but its lookup is slow.
_capabilities: dict[int, Capability] = {}

# A PackageInfo that takes assignments; with PackageInfo as its __class__ it is one. The constructor
# of a frozen class calls object.__setattr__ for each field, which takes three times as long.
_Draft = type("_Draft", (), {"__slots__": PackageInfo.__slots__})


def read_package(native: SecPkgInfoW) -> PackageInfo:
    info = _Draft()
    info.name = from_native(native.Name)
    info.comment = from_native(native.Comment)
    capabilities = native.fCapabilities
    try:
        info.capabilities = _capabilities[capabilities]
    except KeyError:
        info.capabilities = _capabilities[capabilities] = Capability(capabilities)
    info.version = native.wVersion
    rpc_id = native.wRPCID
    info.rpc_id = RPC_AUTHN.get(rpc_id, rpc_id)
    info.max_token = native.cbMaxToken
    info.__class__ = PackageInfo
    return info  # type: ignore[no-any-return]


def read_name(native: SecPkgInfoW) -> str:
    return from_native(native.Name)


def read_max_token(native: SecPkgInfoW) -> int:
    return native.cbMaxToken  # type: ignore[no-any-return]
