"""What people see, to the letter: tables, details and matrices, in terminals of any width."""

from textwrap import dedent

import pytest

from sspi_pkginfo import Capability, PackageInfo, RpcAuthn
from sspi_pkginfo._tables import capability_matrix, package_details, package_table

KERBEROS = PackageInfo(
    "Kerberos",
    "Microsoft Kerberos V1.0",
    Capability.INTEGRITY | Capability.DATAGRAM,
    1,
    RpcAuthn.GSS_KERBEROS,
    48000,
)
# With a flag and an RPC id that have no name yet.
NEW = PackageInfo("New", "Tomorrow's", Capability(0x80000001), 2, 77, 0)
BARE = PackageInfo("", "", Capability(0), 1, RpcAuthn.NONE, 0)
# What the three columns of numbers of NEW take, with the space between all five columns.
NUMBERS = len("Max token" + "RPC id" + "Version") + 4 * 2
LABEL = max(len(flag.name) for flag in Capability)


def named(name: str, comment: str = "") -> PackageInfo:
    return PackageInfo(name, comment, Capability(0), 2, 77, 0)


def text(expected: str) -> str:
    return dedent(expected).strip("\n")


def is_table(shown: str) -> bool:
    return shown.startswith("Name ")


# A table


def test_a_table_wraps_a_comment_under_itself() -> None:
    assert package_table([KERBEROS, NEW], 64) == text(
        """
        Name      Max token  RPC id        Version  Comment
        --------  ---------  ------------  -------  --------------------
        Kerberos      48000  GSS_KERBEROS        1  Microsoft Kerberos
                                                    V1.0
        New               0  77                  2  Tomorrow's
        """
    )


def test_a_table_gives_a_long_name_half_of_the_room() -> None:
    assert package_table(
        [named("many words " * 4, "and as many words " * 3)], NUMBERS + 40
    ) == text(
        """
        Name                  Max token  RPC id  Version  Comment
        --------------------  ---------  ------  -------  --------------------
        many words many               0  77            2  and as many words
        words many words                                  and as many words
        many words                                        and as many words
        """
    )


def test_a_table_where_a_row_would_not_fit_is_paragraphs() -> None:
    assert package_table([KERBEROS, NEW], 40) == text(
        """
        Kerberos
          max token 48000, RPC id GSS_KERBEROS,
            version 1
          Microsoft Kerberos V1.0
        New
          max token 0, RPC id 77, version 2
          Tomorrow's
        """
    )


def test_a_row_that_just_fits_is_one_line() -> None:
    package = named("NTLM", "as long as this")
    width = NUMBERS + len(package.name + package.comment)
    assert len(package_table([package], width).splitlines()) == 3
    assert len(package_table([package], width - 1).splitlines()) == 4


def test_short_comments_that_just_fit_are_no_reason_for_paragraphs() -> None:
    package = named("NTLM", "comment")
    width = NUMBERS + len(package.name + package.comment)
    assert is_table(package_table([package], width))
    assert not is_table(package_table([package], width - 1))


@pytest.mark.parametrize("name", ["NTLM", "fourteen chars"])
def test_a_comment_is_wrapped_to_no_less_than_fourteen_columns(name: str) -> None:
    package = named(name, "words and words")
    assert is_table(package_table([package], NUMBERS + len(name) + 14))
    assert not is_table(package_table([package], NUMBERS + len(name) + 13))


def test_a_name_is_wrapped_to_no_less_than_fourteen_columns() -> None:
    package = named("many words " * 4, "and as many words " * 3)
    assert is_table(package_table([package], NUMBERS + 14 + 14))
    assert not is_table(package_table([package], NUMBERS + 13 + 14))


# One package


def test_details_explain_each_flag_beside_its_name() -> None:
    assert package_details(NEW, 54) == text(
        """
        New
          Comment:       Tomorrow's
          Max token:     0 bytes
          RPC id:        77
          Version:       2
          Capabilities:  0x80000001
            INTEGRITY   Signs messages and verifies
                        signatures.
            0x80000000  Not a flag that this version knows.
        """
    )


def test_details_explain_each_flag_behind_its_name_where_columns_are_few() -> None:
    assert package_details(KERBEROS, 36) == text(
        """
        Kerberos
          Comment:       Microsoft Kerberos
            V1.0
          Max token:     48000 bytes
          RPC id:        GSS_KERBEROS (16)
          Version:       1
          Capabilities:  0x00000009
            INTEGRITY: Signs messages and
              verifies signatures.
            DATAGRAM: Authenticates
              datagrams.
        """
    )


def test_a_meaning_beside_a_name_has_at_least_twenty_eight_columns() -> None:
    least = 4 + len("0x80000000") + 2 + 28
    assert "INTEGRITY   Signs" in package_details(NEW, least)
    assert "INTEGRITY: Signs" in package_details(NEW, least - 1)


def test_details_of_a_package_without_a_flag_name_none() -> None:
    assert package_details(named("New", "Tomorrow's"), 80) == text(
        """
        New
          Comment:       Tomorrow's
          Max token:     0 bytes
          RPC id:        77
          Version:       2
          Capabilities:  0x00000000
        """
    )


# Capabilities against packages


def panels(shown: str) -> list[list[str]]:
    return [panel.splitlines() for panel in shown.split("\n\n")]


def test_a_matrix_uses_all_columns_that_the_terminal_has() -> None:
    packages = [KERBEROS] * 3
    width = 3 * 2 + 1 + LABEL
    [panel] = panels(capability_matrix(packages, width))
    assert max(map(len, panel)) == width
    assert len(panels(capability_matrix(packages, width - 1))) == 2


def test_a_matrix_goes_on_after_an_empty_line() -> None:
    first, second = panels(capability_matrix([KERBEROS, NEW], LABEL + 3))
    flags = [flag.name for flag in Capability] + ["0x80000000"]
    assert [line.split()[-1] for line in first] == ["Kerberos", *flags]
    assert [line.split()[-1] for line in second] == ["New", *flags]


def test_a_name_above_a_matrix_takes_the_whole_line() -> None:
    name = "a name of thirty columns in all"
    shown = capability_matrix([*[KERBEROS] * 5, named(name)], 2 * 5 + len(name))
    assert "| " * 5 + name in shown.splitlines()


def test_a_package_without_a_name_has_its_column_in_a_matrix() -> None:
    lines = capability_matrix([BARE, KERBEROS], 80).splitlines()
    assert lines[:3] == ["", "| Kerberos", ". x  INTEGRITY"]


def test_a_bit_without_a_name_has_its_row_whichever_package_has_it() -> None:
    assert capability_matrix([NEW, KERBEROS], 80).splitlines()[-1] == "x .  0x80000000"
