"""Sphinx's settings: the pages build with warnings as errors, and without network."""

import html
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.pycode import ModuleAnalyzer

import sspi_pkginfo

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "sspi_pkginfo"
author = "the sspi_pkginfo contributors"
project_copyright = "2026, the sspi_pkginfo contributors"
version = release = sspi_pkginfo.__version__

extensions = [
    "flag_tables",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "examples"]

# Every name in a signature or a docstring has to lead somewhere. The inventory of Python's names
# lies here, so that a build needs no network; _inventory/make.py says how it is made anew.
nitpicky = True
# What to_dict() returns is described with it. Its name exists for type checkers only.
nitpick_ignore = [("py:class", "PackageDict")]
intersphinx_mapping = {"python": ("https://docs.python.org/3", "_inventory/python.inv")}

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_display_short_literal_types = True
python_use_unqualified_type_names = True

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

PUBLIC = {name: f"sspi_pkginfo.{name}" for name in sspi_pkginfo.__all__}
LINKS = PUBLIC | {
    "query_package": "sspi_pkginfo.query_package",
    **{
        name: name
        for name in ("AssertionError", "TypeError", "ValueError", "int", "json.dumps", "str")
    },
}


def link_names(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Let `names` in docstrings be links where there is something to link, and code elsewhere."""

    def link(match: re.Match[str]) -> str:
        target = LINKS.get(match[1])
        return f":py:obj:`{match[1]} <{target}>`" if target else f"``{match[1]}``"

    lines[:] = [re.sub(r"(?<!`)`([^`]+)`(?!`)", link, line) for line in lines]


def resolve_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.TextElement
) -> nodes.Element | None:
    """Lead a type, which names the private module that defines it, to its public name."""
    private, _, name = node.get("reftarget", "").rpartition(".")
    if not private.startswith("sspi_pkginfo._") or name not in PUBLIC:
        return None
    return env.domains.python_domain.resolve_xref(
        env, node["refdoc"], app.builder, "obj", PUBLIC[name], node, contnode
    )


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


def read_private_files(app: Sphinx) -> None:
    """Let autodoc find the texts of attributes, which it looks for where `__module__` says."""
    public = ModuleAnalyzer.for_module("sspi_pkginfo")
    public.analyze()
    for module in (sspi_pkginfo._errors, sspi_pkginfo._flags, sspi_pkginfo._package_info):
        private = ModuleAnalyzer.for_module(module.__name__)
        private.analyze()
        public.attr_docs |= private.attr_docs
        public.annotations |= private.annotations
        public.tagorder |= private.tagorder


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", read_private_files)
    app.connect("html-page-context", describe)
    app.connect("autodoc-process-docstring", link_names)
    app.connect("missing-reference", resolve_public_name)
