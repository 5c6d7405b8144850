"""Print what bench.py wrote into a folder as the table of docs/performance.md."""

import json
import sys
from pathlib import Path
from typing import Any

BARE, IN_ONE_THREAD, IMPORTS = "the bare calls", "the same in one thread", "the imports"
# What the page calls a row and what it is compared with, by the row's name in the results.
PAGE = {
    "bare calls": (BARE, ""),
    "query_max_token": ("`query_max_token`", f"{BARE} and one field"),
    "query_package": ("`query_package`", BARE),
    "pywin32, one": ("pywin32, one package", BARE),
    "C": ("C, one package", BARE),
    "sspilib": ("sspilib, all packages", ""),
    "enumerate_packages": ("`enumerate_packages`", "sspilib"),
    "pywin32, all": ("pywin32, all packages", "sspilib"),
    "enumerate_packages, threads: 8": ("`enumerate_packages` in eight threads", IN_ONE_THREAD),
    "sspilib, threads: 8": ("sspilib in eight threads", IN_ONE_THREAD),
    "our import": ("import `sspi_pkginfo`", IMPORTS),
    "import and query": ("import it and call `query_max_token`", IMPORTS),
    "command": ("`sspi-pkginfo max-token NTLM`", f"{IMPORTS} and argparse"),
}


def cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    seconds = row["seconds"]
    time = f"{seconds * 1e6:.2f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.0f} ms"
    return time if row["base"] == row["name"] else f"{time} ({row['ratio']:.2f})"


def main() -> None:
    results = [json.loads(path.read_text()) for path in Path(sys.argv[1]).glob("*.json")]
    results.sort(key=lambda result: (result["system"] == "Linux", result["python"]))
    versions = [f"{r['system']} {'.'.join(r['python'].split('.')[:2])}" for r in results]
    by_name = [{row["name"]: row for row in result["rows"]} for result in results]
    table = [["what", "compared with", *versions], ["---", "---", *["---:"] * len(results)]]
    for name, labels in PAGE.items():
        table.append([*labels, *(cell(rows.get(name)) for rows in by_name)])
    for cells in table:
        print("|", "".join(f"{text} | " if text else "| " for text in cells).rstrip())
    for version, rows in zip(versions, by_name, strict=True):
        if rows["our import"]["ratio"] >= rows["import and query"]["ratio"]:
            sys.exit(f"{version}: too few rounds, an import took longer than it and a query")


if __name__ == "__main__":
    main()
