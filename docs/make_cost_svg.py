"""Make docs/images/cost.svg, the plot of performance.md, from the table in that page.

    python docs/make_cost_svg.py

A label is above its bar, so that its letters are as large on a phone as the page's own.
"""

import re
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "performance.md"
SVG = HERE / "images" / "cost.svg"
BASE = "the bare calls"
OURS, OTHERS, INK, PAPER = "#3a6ea5", "#6b7680", "#1c2733", "#f6f8fa"
WIDTH, MARGIN, HEAD, STEP = 360, 14, 42, 46


def read() -> tuple[str, list[tuple[str, float]]]:
    """Return the table's first system, and the times of one package there, the shortest first."""
    page = PAGE.read_text(encoding="utf-8")
    system = page.split("| compared with | ")[1].split(" |")[0]
    rows = re.findall(r"^\| (.+?) \| (.*?)\| ([0-9.]+) µs", page, re.MULTILINE)
    bars = [
        (name.strip("`").removesuffix(", one package"), float(time))
        for name, base, time in rows
        if name == BASE or BASE in base
    ]
    return system, sorted(bars, key=lambda bar: bar[1])


def make() -> str:
    system, bars = read()
    scale = (WIDTH - 2 * MARGIN - 70) / bars[-1][1]
    title = f"One query on {system.replace(' ', ', Python ')}"
    text = ", ".join(f"{name} {time:.2f} µs" for name, time in bars)
    height = HEAD + STEP * len(bars) + 8
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        ' role="img" aria-labelledby="t d">',
        f'  <title id="t">{title}</title>',
        f'  <desc id="d">{escape(text)}</desc>',
        f"  <style>text {{ font: 15px system-ui, sans-serif; fill: {INK} }}</style>",
        "  <!-- Its own paper, so that it reads on a dark page as well. -->",
        f'  <rect width="{WIDTH}" height="{height}" rx="12" fill="{PAPER}"/>',
        f'  <text x="{MARGIN}" y="28" style="font-weight: 600">{title}</text>',
    ]
    for number, (name, time) in enumerate(bars):
        top, width = HEAD + number * STEP, time * scale
        colour = OURS if name.startswith("query_") else OTHERS
        lines += [
            f'  <text x="{MARGIN}" y="{top + 15}">{escape(name)}</text>',
            f'  <rect x="{MARGIN}" y="{top + 21}" width="{width:.1f}" height="16" rx="2"'
            f' fill="{colour}"/>',
            f'  <text x="{MARGIN + width + 6:.1f}" y="{top + 34}">{time:.2f} µs</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    SVG.write_text(make(), encoding="utf-8")
