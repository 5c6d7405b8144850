"""PackageInfo, Capability and RpcAuthn: values, before any native library comes in."""

import dataclasses
import json
import pickle

import pytest

from sspi_pkginfo import Capability, PackageInfo, RpcAuthn
from sspi_pkginfo._errors import SecurityStatus

KERBEROS = PackageInfo(
    name="Kerberos",
    comment="Microsoft Kerberos V1.0",
    capabilities=Capability.INTEGRITY | Capability.MUTUAL_AUTH | Capability(0x80000000),
    version=1,
    rpc_id=RpcAuthn.GSS_KERBEROS,
    max_token=48000,
)


def test_the_fields_are_in_the_order_of_the_contract_in_a_match_too() -> None:
    names = [field.name for field in dataclasses.fields(PackageInfo)]
    assert names == ["name", "comment", "capabilities", "version", "rpc_id", "max_token"]
    assert PackageInfo.__match_args__ == tuple(names)


def test_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        KERBEROS.max_token = 12000  # type: ignore[misc]


def test_is_slotted() -> None:
    assert not hasattr(KERBEROS, "__dict__")


def test_is_hashable_by_value() -> None:
    assert {KERBEROS, dataclasses.replace(KERBEROS)} == {KERBEROS}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_survives_pickling(protocol: int) -> None:
    copy = pickle.loads(pickle.dumps(KERBEROS, protocol))
    assert copy == KERBEROS
    assert type(copy.capabilities) is Capability
    assert copy.rpc_id is RpcAuthn.GSS_KERBEROS


def test_to_dict_is_ready_for_json_with_its_keys_in_order() -> None:
    values = KERBEROS.to_dict()
    assert json.dumps(values) == json.dumps(
        {  # in this order
            "name": "Kerberos",
            "comment": "Microsoft Kerberos V1.0",
            "capabilities": ["INTEGRITY", "MUTUAL_AUTH"],
            "capabilities_value": 0x80010001,
            "version": 1,
            "rpc_id": 16,
            "max_token": 48000,
        }
    )
    assert {type(value) for value in values.values()} == {str, int, list}


def test_capability_keeps_bits_without_a_name() -> None:
    assert Capability(0xFFFFFFFF) == 0xFFFFFFFF
    assert Capability(0x80000001) ^ Capability.INTEGRITY == 0x80000000
    assert Capability.INTEGRITY in Capability(0x80000001)


def test_each_capability_is_one_bit_described_in_one_line_of_its_own() -> None:
    descriptions = [flag.description for flag in Capability]
    assert all(flag.bit_count() == 1 for flag in Capability)
    assert all(text.endswith(".") and "\n" not in text for text in descriptions)
    assert len({*descriptions}) == len(Capability) == 26


def test_capabilities_are_described_one_after_another_without_bits_that_have_no_name() -> None:
    one, other = Capability.INTEGRITY, Capability.PRIVACY
    several = one | other | Capability(0x80000000)
    assert several.description == f"{one.description} {other.description}"
    assert Capability(0x80000000).description == ""


def test_each_number_has_one_name() -> None:
    for names in (Capability.__members__, RpcAuthn.__members__, SecurityStatus.__members__):
        assert {name: member.name for name, member in names.items()} == {
            name: name for name in names
        }


def test_the_rpc_id_for_none_is_secpkg_id_none() -> None:
    assert RpcAuthn.ID_NONE == 0xFFFF
    assert RpcAuthn.NONE == 0
