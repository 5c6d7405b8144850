"""What people see, to the letter, in terminals of any width.

The files of tests/data/golden/ were looked at in terminals of their width. odd.json has what no
machine of ours has: names of wide and combining characters and other kinds of space, names longer
than a line, a flag and an RPC id that have no name yet. They are made again with

    COLUMNS=80 sspi-pkginfo list --from windows-10.json > golden/windows-10.list.80.txt

in tests/data.
"""

from pathlib import Path

import pytest
from support.command import printed
from support.paths import CAPTURES, DATA, GOLDEN

from sspi_pkginfo import Capability, PackageInfo
from sspi_pkginfo.testing import FakeSspi


def named(name: str, comment: str = "", flags: int = 0, max_token: int = 48000) -> PackageInfo:
    return PackageInfo(name, comment, Capability(flags), 2, 77, max_token)


def shown(packages: list[PackageInfo], *argv: str, columns: int = 80) -> str:
    """What a command prints of these packages, under the line that names the library."""
    with FakeSspi(packages):
        heading, text = printed(*argv, columns=columns).split("\n\n", 1)
    assert heading == "Library: FakeSspi"
    if argv == ("matrix",) and text.startswith("A letter"):
        text = text.partition("\n\n")[2]  # how to read it is in the reviewed ones
    return text.removesuffix("\n")


# The machines that we know


@pytest.fixture(autouse=True)
def beside_the_captures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(DATA)


REVIEWED = sorted(GOLDEN.glob("*.txt"))


@pytest.mark.parametrize("golden", REVIEWED, ids=lambda path: path.stem)
def test_prints_what_was_reviewed(golden: Path) -> None:
    """A file is called after its capture, its command and its columns."""
    *capture, command, columns, _ = golden.name.split(".")
    source = [word for name in capture for word in ("--from", f"{name}.json")]
    argv = command.replace("show-", "show ").split()
    assert printed(*argv, *source, columns=int(columns)) == golden.read_text("utf-8")


def test_each_command_was_reviewed_for_each_kind_of_machine() -> None:
    names = {golden.name for golden in REVIEWED}
    commands = ("list.80", "matrix.80")
    assert names >= {f"{path.stem}.{command}.txt" for path in CAPTURES for command in commands}
    assert names >= {"help.40.txt", "help.80.txt", "windows-10.show-kerberos.80.txt"}
    assert names >= {"odd.list.20.txt", "odd.list.80.txt", "odd.show-new.60.txt"}


@pytest.mark.parametrize("columns", range(20, 130, 7))
@pytest.mark.parametrize("command", ["help", "list", "show Kerberos NTLM", "matrix"])
def test_no_line_is_wider_than_the_terminal(command: str, columns: int) -> None:
    argv = (*command.split(), "--from", "windows-10.json")
    assert max(map(len, printed(*argv, columns=columns).splitlines())) <= columns


# The list


def test_a_table_wraps_the_column_where_that_takes_fewer_lines() -> None:
    long_name = named("one name of more than forty columns in all")
    long_comments = [named(f"N{i}", "a comment of thirty-two columns.") for i in range(3)]
    lines = shown([long_name, *long_comments], columns=70).splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["one", "forty", "N0", "N1", "N2"]


def test_a_table_wraps_where_rows_do_not_fit_and_gives_way_to_paragraphs_below_twenty() -> None:
    package = named("a name of more than twenty", "a comment of more than twenty")
    fits = len("Max token") + 4 + len(package.name + package.comment)
    least = len("Max token") + 4 + 20 + 20
    assert len(shown([package], columns=fits).splitlines()) == 3
    assert shown([package], columns=fits - 1).split("\n")[3:] == ["  twenty"]
    assert shown([package], columns=least).startswith("Name ")
    assert shown([package], columns=least).endswith(f"\n  twenty{'':25}than twenty")
    assert not shown([package], columns=least - 1).startswith("Name ")


def test_a_package_without_a_name_is_no_empty_cell() -> None:
    nameless = named("", flags=1)
    assert shown([nameless]).splitlines()[-1] == "(no name)      48000"
    assert shown([nameless], "show", "").startswith("(no name)\n  Comment:\n")
    assert shown([nameless], "matrix").startswith("a (no name)\n")


def test_a_library_without_packages_gets_a_sentence() -> None:
    for command in ("list", "matrix"):
        assert shown([], command) == "This library has no security packages."


# One package


def test_show_puts_a_text_beside_its_label_where_it_has_twenty_columns() -> None:
    package = named("Bare", "twenty columns do it")
    beside = "  Comment:       twenty columns do it"
    assert beside in shown([package], "show", "bare", columns=len(beside)).splitlines()
    assert "  Comment: twenty" in shown([package], "show", "bare", columns=len(beside) - 1)
    assert shown([named("N" * 21)], "show", "n" * 21, columns=20).startswith("N" * 20 + "\n  N\n")
    assert " columns\n    do it" in shown([package], "show", "bare", columns=len(beside) - 12)


# Capabilities against packages


def test_matrix_of_a_library_that_reports_no_capability_is_a_sentence() -> None:
    packages = [named("One"), named("Two")]
    assert shown(packages, "matrix") == "This library reports no capabilities for its packages."
    assert shown(packages, "matrix", columns=30).splitlines()[1] == "  capabilities for its"


@pytest.mark.parametrize(("rows", "times"), [(19, 1), (20, 2)])
def test_matrix_repeats_its_letters_below_where_their_head_may_scroll_away(
    rows: int, times: int
) -> None:
    assert shown([named("Kerberos", flags=(1 << rows) - 1)], "matrix").count("Kerberos") == times


def test_matrix_sets_its_columns_close_where_they_would_not_fit_otherwise() -> None:
    packages = [named(f"P{i}", flags=1) for i in range(6)]
    row = "a b c d e f  INTEGRITY"
    assert row in shown(packages, "matrix", columns=len(row))
    assert "abcdef  INTEGRITY" in shown(packages, "matrix", columns=len(row) - 1)


def test_matrix_goes_on_in_panels_and_breaks_the_names_of_capabilities_where_it_must() -> None:
    packages = [named(f"P{i}", flags=0x1000000) for i in range(5)]
    assert shown(packages, "matrix", columns=20).split("\n\n")[1:] == [
        "abcd  CREDENTIAL_ISO\n      LATION_ENABLED",
        "a P4",
        "a  CREDENTIAL_ISOLAT\n   ION_ENABLED",
    ]


def test_matrix_of_more_packages_than_letters_goes_on_in_panels() -> None:
    packages = [named(f"P{i}", flags=1) for i in range(27)]
    first, row, second, last = shown(packages, "matrix", columns=1000).split("\n\n")
    assert first.endswith("z P25")
    assert row == "abcdefghijklmnopqrstuvwxyz".replace("", " ").strip() + "  INTEGRITY"
    assert (second, last) == ("a P26", "a  INTEGRITY")


@pytest.mark.parametrize("columns", [100, 120])
def test_what_the_letters_stand_for_fits_100_columns(columns: int) -> None:
    first = named("N" * 50, flags=1)
    fit, too_long = (named("M" * length, flags=1) for length in (43, 44))
    lines = shown([first, fit], "matrix", columns=columns).splitlines()
    assert lines[0] == f"a {first.name}   b {fit.name}"
    lines = shown([first, too_long], "matrix", columns=columns).splitlines()
    assert lines[:2] == [f"a {first.name}", f"b {too_long.name}"]


# Characters


# Controls, separators, what turns the direction, what takes no column, and half a character.
RAW = "\x1b\x9b\x07\x7f \n\r\t \u2028\u2029 \u202e\u2066 \u200f\u200b \xad\ufeff\U000e0041 \ud800"
SEEN = r"\x1b\x9b\x07\x7f \n\r\t \u2028\u2029 \u202e\u2066 \u200f\u200b \xad\ufeff\U000e0041 \ud800"


@pytest.mark.parametrize("columns", [30, 1000])
def test_what_a_terminal_would_act_on_is_escaped(columns: int) -> None:
    package = named(f"a{RAW}b", f"a{RAW}b", flags=1)
    for argv, times in ((["list"], 2), (["show", package.name], 2), (["matrix"], 1)):
        output = shown([package], *argv, columns=columns)
        assert " ".join(output.split()).count(f"a{SEEN}b") == times
        assert output.replace("\n", "").isprintable()
