"""Sphinx's settings: the pages build with warnings as errors, and without network."""

import html
import re
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

import sspi_pkginfo
import sspi_pkginfo.testing

HERE = Path(__file__).parent

project = "sspi_pkginfo"
author = "the sspi_pkginfo developers"
project_copyright = "2026, the sspi_pkginfo developers"
version = release = sspi_pkginfo.__version__

extensions = ["myst_parser", "sphinx_copybutton"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "examples"]
nitpicky = True

# The addresses of the project, as long as it has any, are in pyproject.toml and nowhere else.
URLS = tomllib.loads((HERE.parent / "pyproject.toml").read_text("utf-8"))["project"]["urls"]
LINKED = {name: URLS[name] for name in ("Source", "Issues") if name in URLS}

html_theme = "furo"
html_title = "sspi_pkginfo"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme_options = {
    "footer_icons": [
        {"name": name, "url": url, "html": name, "class": ""} for name, url in LINKED.items()
    ]
}
# The schema has an address of its own, for those who validate against it.
html_extra_path = ["reference/listing.schema.json"]
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

CONTENTS = re.compile(r"^- \*\*(.+?):?\*\* (.+\n(?:  .+\n)*)", re.MULTILINE)
PAGE = re.compile(r"\]\(([\w/-]+)\.md\)")


def add_contents(app: Sphinx, docname: str, source: list[str]) -> None:
    """Make the sidebar from the list in index.md, which is made of links for the repository."""
    # A page outside of docs is no page of the site, but can be downloaded.
    source[0] = source[0].replace("](../.github/", "](path:../.github/")
    if docname == "index":
        for caption, links in CONTENTS.findall(source[0]):
            pages = "\n".join(PAGE.findall(links))
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n{pages}\n```\n"


def note_public_names(app: Sphinx, doctree: nodes.document) -> None:
    """Let other projects link a function, class or method by its name, as they link Python's."""
    if app.env.docname != "reference/api":
        return
    for section in doctree.findall(nodes.section):
        title = section[0].astext()
        kind, _, name = title.partition("(")[0].rpartition(" ")
        kind = kind or ("method" if "." in name else "function")
        if "(" in title or kind == "exception":
            module = "sspi_pkginfo.testing" if "FakeSspi" in name else "sspi_pkginfo"
            name = f"{module}.{name}"
            section["ids"].insert(0, name)
            app.env.domains.python_domain.note_object(name, kind, name, location=section)


def describe(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Give search engines the first paragraph of a page as its description."""
    paragraphs = doctree.findall(nodes.paragraph) if doctree else ()
    if paragraph := next((p for p in paragraphs if isinstance(p.parent, nodes.section)), None):
        text = html.escape(" ".join(paragraph.astext().split()))
        context["metatags"] += f'\n<meta name="description" content="{text}">'


CELL = re.compile(r"<td.*?</td>", re.DOTALL)
CODE = re.compile(r'(?<=<span class="pre">)[^<]+')
BREAK = re.compile(r"(?<=\w[_=])(?=\w)|(?<=\w\.)(?=\w{4})|(?<=[a-z])(?=[A-Z])|(?<=\w)(?=[(\[])")


def allow_breaks(
    app: Sphinx,
    pagename: str,
    template: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Let a browser break code in a table between the words of a name, as a phone has to."""

    def in_code(match: re.Match[str]) -> str:
        return BREAK.sub("<wbr>", match[0])

    def in_cell(match: re.Match[str]) -> str:
        return CODE.sub(in_code, match[0])

    context["body"] = CELL.sub(in_cell, context.get("body", ""))


def setup(app: Sphinx) -> None:
    app.connect("source-read", add_contents)
    # Before the table of contents is made of the sections.
    app.connect("doctree-read", note_public_names, priority=100)
    app.connect("html-page-context", describe)
    app.connect("html-page-context", allow_breaks)
