"""What bench.py measured, as tables in Markdown."""

from typing import Any

TITLES = ("one package", "every package", "sizes", "threads", "start", "command")


def table(results: list[dict[str, Any]], title: str) -> str:
    """Return a table of ratios, with a group of columns for each result."""
    unit, scale = ("milliseconds", 1e3) if title in ("start", "command") else ("microseconds", 1e6)
    head, line = [f"{results[0]['platform']}, {title}"], ["---"]
    rows = [[row["name"]] for row in results[0][title]]
    for result in results:
        ratio = f"ratio to {result[title][0]['base']}"
        head += [f"{result['python']}, {unit}", ratio, "quartiles"]
        line += ["---:"] * 3
        for cells, row in zip(rows, result[title], strict=True):
            low, high = row["quartiles"]
            cells += [f"{row['seconds'] * scale:.3g}", f"{row['ratio']:.2f}"]
            cells += [f"{low:.2f} to {high:.2f}"]
    return markdown(head, line, *rows)


def memory(result: dict[str, Any]) -> str:
    """Return the table of the memory that an answer takes."""
    head = [f"{result['platform']}, {result['python']}, packages", "kept, bytes", "at most, bytes"]
    rows = [[str(number) for number in row.values()] for row in result["memory"]]
    return markdown(head, ["---:"] * 3, *rows)


def markdown(*rows: list[str]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
