"""Make docs/images/cost.svg, the plot of performance.md, from the table in that page.

    python docs/make_cost_svg.py

Its paper is transparent and its colours are in between, so that it reads on a light page and on a
dark one; a label is above its bar, so that its letters are as large on a phone as the page's own.
"""

import re
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "performance.md"
SVG = HERE / "images" / "cost.svg"
OURS, OTHERS, INK = "#3f84c6", "#8a9199", "#737a82"
WIDTH, STEP, BASE = 360, 46, "the bare calls"


def bars() -> list[tuple[str, float]]:
    """Return what the table compares with the bare calls, and its first figure, the least first."""
    row = rf"\| (.+), to {BASE} \| ([0-9.]+) "
    rows = re.findall(row, PAGE.read_text(encoding="utf-8"))
    compared = [(name.strip("`"), float(ratio)) for name, ratio in rows]
    return sorted([*compared, (BASE, 1.0)], key=lambda bar: bar[1])


def make() -> str:
    compared = bars()
    scale = (WIDTH - 60) / compared[-1][1]
    text = ", ".join(f"{name} {ratio:.2f}" for name, ratio in compared)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {STEP * len(compared)}"'
        ' role="img" aria-labelledby="t d">',
        '  <title id="t">One query, compared with the bare calls</title>',
        f'  <desc id="d">{escape(text)}</desc>',
        f"  <style>text {{ font: 15px system-ui, sans-serif; fill: {INK} }}</style>",
    ]
    for number, (name, ratio) in enumerate(compared):
        top, width = number * STEP, ratio * scale
        colour = OURS if name.startswith("query_") else OTHERS
        lines += [
            f'  <text x="0" y="{top + 15}">{escape(name)}</text>',
            f'  <rect y="{top + 21}" width="{width:.1f}" height="16" rx="2" fill="{colour}"/>',
            f'  <text x="{width + 6:.1f}" y="{top + 34}">{ratio:.2f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    SVG.write_text(make(), encoding="utf-8")
