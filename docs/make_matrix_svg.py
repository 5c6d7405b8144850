"""Make docs/images/matrix.svg: what `sspi-pkginfo matrix` prints, as a terminal shows it.

    python docs/make_matrix_svg.py

A real run of the command on the answers of the Windows 10 machine of tests/data/windows-10.json.
"""

import contextlib
import io
import os
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi

ROOT = Path(__file__).parents[1]
WIDTH = 66


def make() -> str:
    output = io.StringIO()
    os.environ["COLUMNS"] = str(WIDTH)
    with FakeSspi.from_json(ROOT / "tests" / "data" / "windows-10.json") as fake:
        fake.library.path = "secur32.dll"
        with contextlib.redirect_stdout(output):
            main(["matrix"])
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text(f"PS> sspi-pkginfo matrix\n{output.getvalue()}"))
    svg = console.export_svg(title="sspi-pkginfo matrix", unique_id="matrix")
    # A font from elsewhere would be a request to another site; the reader's own will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace, Consolas, Menlo, DejaVu Sans Mono")


if __name__ == "__main__":
    path = ROOT / "docs" / "images" / "matrix.svg"
    path.write_text(make(), encoding="utf-8")
