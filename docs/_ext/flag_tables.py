"""Tables of the capabilities and of the RPC ids, made from the code and the kept captures.

```{capability-table}
```
"""

import json
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from sspi_pkginfo import Capability, RpcAuthn, _flags

ROOT = Path(__file__).parents[2]
CAPTURES = sorted((ROOT / "tests" / "data").glob("windows-*.json"))


def names(python: str | None, c: str) -> str:
    return f"`{python}` <br> `{c}`"


class Table(SphinxDirective):
    headings: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str, ...]]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        for path in (Path(_flags.__file__), *CAPTURES):
            self.env.note_dependency(path)
        lines = [self.headings, ["---"] * len(self.headings), *self.rows()]
        table = self.parse_text_to_nodes("\n".join(f"| {' | '.join(line)} |" for line in lines))
        # A name of its own for pages.css, which stacks the cells of a row on a phone.
        table[0]["classes"].append("flags")
        return table


class CapabilityTable(Table):
    headings = ("Value", "In Python, and in C", "What it means")

    def rows(self) -> Iterator[tuple[str, ...]]:
        for flag in Capability:
            yield f"`0x{flag:X}`", names(flag.name, f"SECPKG_FLAG_{flag.name}"), flag.description


class RpcIdTable(Table):
    headings = ("Value", "In Python, and in C", "Who reports it")

    def rows(self) -> Iterator[tuple[str, ...]]:
        reporters: dict[int, dict[str, None]] = {}
        for path in CAPTURES:
            for package in json.loads(path.read_bytes())["packages"]:
                reporters.setdefault(package["rpc_id"], {})[package["name"]] = None
        for rpc_id in RpcAuthn:
            c_name = f"RPC_C_AUTHN_{rpc_id.name}"
            if rpc_id is RpcAuthn.ID_NONE:
                c_name = "SECPKG_ID_NONE"
            who = ", ".join(reporters.get(rpc_id, ()))
            yield f"`{rpc_id:d}`", names(rpc_id.name, c_name), who


def setup(app: Sphinx) -> ExtensionMetadata:
    app.add_directive("capability-table", CapabilityTable)
    app.add_directive("rpc-id-table", RpcIdTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
