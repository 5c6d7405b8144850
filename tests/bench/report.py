"""Report what bench.py wrote into a folder: `python report.py FOLDER` adds two plots and tables."""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
# Else each run would make other files of the same results.
mpl.rcParams["svg.hashsalt"] = "sspi_pkginfo"
from matplotlib import pyplot  # noqa: E402
from tables import TITLES, memory, table  # noqa: E402


def label(result: dict[str, Any]) -> str:
    return f"{result['platform']}, CPython {result['python']}"


def draw_sizes(results: list[dict[str, Any]], path: Path) -> None:
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for result in results:
        rows = [row for row in result["sizes"] if row["name"].isdigit()]
        sizes = [int(row["name"]) for row in rows]
        costs = [row["seconds"] * 1e6 for row in rows]
        axes.plot(sizes, costs, marker="o", label=label(result))
    axes.set_xscale("log", base=2)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("packages")
    axes.set_ylabel("microseconds for each package")
    axes.legend()
    figure.savefig(path, metadata={"Date": None})


def draw_ratios(results: list[dict[str, Any]], path: Path) -> None:
    titles = TITLES[:2]
    figure, grid = pyplot.subplots(
        len(results), 2, figsize=(11, 2.6 * len(results)), layout="constrained", squeeze=False
    )
    for line, result in zip(grid, results, strict=True):
        for axes, title in zip(line, titles, strict=True):
            rows = result[title][::-1]
            ratios = [row["ratio"] for row in rows]
            low = [row["ratio"] - row["quartiles"][0] for row in rows]
            high = [row["quartiles"][1] - row["ratio"] for row in rows]
            axes.barh([row["name"] for row in rows], ratios, xerr=(low, high))
            axes.axvline(1, color="black", linewidth=0.8)
            axes.set_title(f"{label(result)}: {title}, {rows[0]['base']} = 1", fontsize="small")
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    folder = Path(sys.argv[1])
    files = sorted(folder.glob("*.json"), reverse=True)
    results = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    draw_sizes(results, folder / "cost-by-packages.svg")
    draw_ratios(results, folder / "ratios.svg")
    tables = []
    for title in TITLES:
        for platform in ("Windows", "Linux"):
            if of_platform := [r for r in results[::-1] if r["platform"] == platform]:
                tables.append(table(of_platform, title))
    tables.append(memory(results[0]))
    (folder / "tables.md").write_text("\n\n".join(tables) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
