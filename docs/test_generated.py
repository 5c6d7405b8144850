"""The generated parts of the reference pages are those of the code."""

import re
from pathlib import Path

import pytest
from make_reference import PAGES, PART, make

import sspi_pkginfo
import sspi_pkginfo.testing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_generated_part_is_current(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert PART.search(text)
    assert text == make(page), "run: python docs/make_reference.py"


def test_the_api_page_describes_every_public_name() -> None:
    headings = re.findall("^### (.+)", PAGES[0].read_text(encoding="utf-8"), re.MULTILINE)
    for name in [*sspi_pkginfo.__all__, *sspi_pkginfo.testing.__all__]:
        assert [line for line in headings if re.search(rf"[` ]{name}\b", line)], name
