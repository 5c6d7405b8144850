"""Writes the generated parts of three reference pages: `python docs/make_reference.py`.

They are in the files, so that the pages read the same in the repository as on the site. Each is
between two comments, of which the first names the function below that makes it.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import sspi_pkginfo
from sspi_pkginfo import Capability, RpcAuthn

DOCS = Path(__file__).parent
SOURCE = Path(sspi_pkginfo.__file__).parent
CAPTURES = sorted(DOCS.parent.glob("tests/data/windows-*.json"))
PAGES = [DOCS / "reference" / f"{name}.md" for name in ("api", "capabilities", "rpc-ids")]
PART = re.compile(r"(<!-- make_reference: (\w+)(?: (\S+) (.+?))? -->\n).*?(\n<!-- end -->)", re.S)

# The members of these two have pages of their own.
WITHOUT_MEMBERS = {"Capability", "RpcAuthn"}


def capabilities() -> str:
    rows = (
        (f"`0x{flag:X}`", names(flag.name, f"SECPKG_FLAG_{flag.name}"), flag.description)
        for flag in Capability
    )
    return table(("Value", "In Python, and in C", "What it means"), rows)


def rpc_ids() -> str:
    reporters: dict[int, dict[str, None]] = {}
    for path in CAPTURES:
        for package in json.loads(path.read_bytes())["packages"]:
            reporters.setdefault(package["rpc_id"], {})[package["name"]] = None
    rows = (
        (
            f"`{rpc_id:d}`",
            names(
                rpc_id.name,
                "SECPKG_ID_NONE" if rpc_id == RpcAuthn.ID_NONE else f"RPC_C_AUTHN_{rpc_id.name}",
            ),
            ", ".join(reporters.get(rpc_id, ())),
        )
        for rpc_id in RpcAuthn
    )
    return table(("Value", "In Python, and in C", "Packages that report it"), rows)


def names(python: str | None, c: str) -> str:
    return f"`{python}` <br> `{c}`"


def table(headings: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def api(file: str, wanted: str) -> str:
    """Describe functions and classes of a file of the package, by their docstrings."""
    tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    found = {
        node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    return "\n\n".join(part for name in wanted.split() for part in describe(found[name]))


def describe(node: ast.FunctionDef | ast.ClassDef) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        yield f"### `{signature(node)}`"
        yield text(node)
        return
    methods = [
        item
        for item in node.body
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_")
    ]
    is_exception = node.name.endswith("Error")
    bases = [ast.unparse(base) for base in node.bases]
    attributes = [] if node.name in WITHOUT_MEMBERS else list(fields(node))
    kind = "exception" if is_exception else "class"
    yield f"### `{kind} {node.name}{'' if is_exception else arguments(node)}`"
    yield text(node)
    if bases:
        yield f"Derived from {' and '.join(f'`{base}`' for base in bases)}."
    for method in methods:
        if any(map(is_property, method.decorator_list)):
            attributes.append(attribute(method.name, method.returns, text(method)))
    if attributes:
        yield "\n".join(attributes)
    for method in methods:
        if not any(map(is_property, method.decorator_list)):
            yield f"#### `{node.name}.{signature(method)}`"
            yield text(method)


def arguments(node: ast.ClassDef) -> str:
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return f"({parameters(item)})"
    if node.name in WITHOUT_MEMBERS:
        return "(value: int)"
    names = [ast.unparse(item.target) for item in node.body if isinstance(item, ast.AnnAssign)]
    return f"({', '.join(names)})"


def fields(node: ast.ClassDef) -> Iterator[str]:
    for item, after in zip(node.body, node.body[1:], strict=False):
        if isinstance(item, ast.AnnAssign) and not ast.unparse(item.target).startswith("_"):
            documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            words = str(after.value.value) if documented else ""  # type: ignore[attr-defined]
            yield attribute(ast.unparse(item.target), item.annotation, markdown(words))


def attribute(name: str, annotation: ast.expr | None, words: str) -> str:
    of_type = f": {ast.unparse(annotation)}" if annotation else ""
    return f"- `{name}{of_type}`" + (f": {' '.join(words.split())}" if words else "")


def is_property(decorator: ast.expr) -> bool:
    return ast.unparse(decorator) == "property"


def signature(node: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({parameters(node)}){returns}"


def parameters(node: ast.FunctionDef) -> str:
    return re.sub("^(self|cls)(, )?", "", ast.unparse(node.args))


def text(node: ast.FunctionDef | ast.ClassDef) -> str:
    return markdown(ast.get_docstring(node) or "")


def markdown(docstring: str) -> str:
    return re.sub(r"(https://[^\s)]+)", r"<\1>", docstring)


def make(page: Path) -> str:
    """Return the page as it should be."""

    def part(match: re.Match[str]) -> str:
        start, function, file, wanted, end = match.groups()
        makers = {"capabilities": capabilities, "rpc_ids": rpc_ids}
        made = api(file, wanted) if function == "api" else makers[function]()
        return f"{start}\n{made}\n{end}"

    return PART.sub(part, page.read_text(encoding="utf-8"))


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(make(path), encoding="utf-8")
