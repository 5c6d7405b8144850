"""Print what bench.py wrote into a folder as the table of docs/performance.md."""

import json
import sys
from pathlib import Path
from typing import Any


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
    for name, row in by_name[0].items():
        base = "" if row["base"] == name else row["base"]
        table.append([name, base, *(cell(rows.get(name)) for rows in by_name)])
    for cells in table:
        print("|", "".join(f"{text} | " if text else "| " for text in cells).rstrip())
    for version, rows in zip(versions, by_name, strict=True):
        ours, and_query = "import `sspi_pkginfo`", "import it and call `query_max_token`"
        if rows[ours]["ratio"] >= rows[and_query]["ratio"]:
            sys.exit(f"{version}: too few rounds, an import took longer than it and a query")


if __name__ == "__main__":
    main()
