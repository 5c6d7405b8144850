"""The blocks that are not on a page of their own: the README's, and the package's docstrings."""

import doctest
import importlib
import pkgutil
from typing import Any

import make_cost_svg
import pytest
from conftest import close, open_windows_10, windows_10
from support.paths import ROOT

import sspi_pkginfo

MODULES = [f"sspi_pkginfo.{module.name}" for module in pkgutil.iter_modules(sspi_pkginfo.__path__)]


def test_the_readme() -> None:
    document = windows_10.parse(ROOT / "README.md")
    open_windows_10(document.namespace)
    try:
        for example in document:
            example.evaluate()
    finally:
        close(document.namespace)


@pytest.mark.parametrize("name", ["sspi_pkginfo", *sorted({*MODULES} - {"sspi_pkginfo.__main__"})])
def test_docstrings(name: str) -> None:
    namespace: dict[str, Any] = {}
    open_windows_10(namespace)
    try:
        assert doctest.testmod(importlib.import_module(name)).failed == 0
    finally:
        close(namespace)


def test_the_plot_shows_the_table() -> None:
    assert make_cost_svg.SVG.read_text(encoding="utf-8") == make_cost_svg.make()
