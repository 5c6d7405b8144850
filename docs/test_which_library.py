"""What which-library.md says of other libraries, on each of them that is installed."""

import re
import sys
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import pytest

import sspi_pkginfo

PAGE = Path(__file__).with_name("which-library.md").read_text(encoding="utf-8")
OURS = vars(sspi_pkginfo)


def library(name: str) -> ModuleType:
    if name == "win32security" and sys.platform != "win32":
        pytest.skip("pywin32 exists for Windows only")
    return pytest.importorskip(name)


def rows(table: str) -> list[list[str]]:
    """Return the cells of the page's table that has these headings."""
    # An error, because a test without parameters would be skipped.
    [_, after] = PAGE.split(f"\n{table} |\n")
    lines = after.split("\n\n")[0].splitlines()[1:]
    return [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines]


@pytest.mark.parametrize(("theirs", "ours"), rows("| pywin32 | sspi_pkginfo"))
def test_a_line_of_pywin32(theirs: str, ours: str) -> None:
    assert eval(theirs, vars(library("win32security")).copy()) == eval(ours, OURS.copy())


@pytest.mark.parametrize(("theirs", "ours"), rows("| sspilib | sspi_pkginfo"))
def test_a_line_of_sspilib(theirs: str, ours: str) -> None:
    assert eval(theirs, vars(library("sspilib.raw")).copy()) == eval(ours, OURS.copy())


# What does each thing, by the name of a function; whatever looks like it must not be there else.
KINDS = ["enum.*package", "query.*package", "context|client"]


@pytest.mark.parametrize(
    ("name", "modules", "functions"),
    [
        ("sspi_pkginfo", ["sspi_pkginfo"], ["enumerate_packages", "query_package", ""]),
        (
            "pywin32",
            ["win32security"],
            ["EnumerateSecurityPackages", "QuerySecurityPackageInfo", "InitializeSecurityContext"],
        ),
        (
            "sspilib",
            ["sspilib", "sspilib.raw"],
            ["enumerate_security_packages", "", "initialize_security_context"],
        ),
        ("pyspnego", ["spnego"], ["", "", "client"]),
    ],
)
def test_who_has_what(name: str, modules: list[str], functions: list[str]) -> None:
    names = {name for module in modules for name in vars(library(module))}
    table = {row[0]: row[1:] for row in rows("| | lists packages | looks up one | makes tokens")}
    assert table[name] == ["yes" if function else "no" for function in functions]
    for function, kind in zip(functions, KINDS, strict=True):
        if function:
            assert function in names
        else:
            assert not [name for name in names if re.search(kind, name, re.IGNORECASE)]


def test_pywin32_answers_with_dictionaries() -> None:
    assert type(library("win32security").QuerySecurityPackageInfo("NTLM")) is dict


def test_records_of_sspilib_can_be_changed_and_ours_cannot() -> None:
    theirs = library("sspilib.raw").enumerate_security_packages()[0]
    theirs.max_token = 1
    with pytest.raises(AttributeError):
        sspi_pkginfo.enumerate_packages()[0].max_token = 1  # type: ignore[misc]


def test_pyspnego_gives_tokens_as_bytes() -> None:
    context = library("spnego").client("user", "password", protocol="ntlm")
    assert isinstance(context.step(), bytes)


def test_pyspnego_uses_sspilib_on_windows() -> None:
    library("spnego")
    requires = distribution("pyspnego").requires or ()
    assert [line for line in requires if line.startswith("sspilib") and '"win32"' in line]


def test_nothing_of_ours_is_compiled() -> None:
    package = Path(sspi_pkginfo.__file__).parent
    assert {path.suffix for path in package.iterdir() if path.is_file()} == {".py", ".typed"}
