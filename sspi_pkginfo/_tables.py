"""What people look at: text that fits `width` columns, wrapped and never cut."""

import dataclasses
from collections.abc import Sequence
from itertools import zip_longest

from ._flags import Capability, RpcAuthn
from ._package_info import PackageInfo

HEADINGS = ("Name", "Max token", "Comment")
# Narrower than this, a column of wrapped words is hard to read.
NARROWEST = 20
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HOW_TO_READ = "A letter: has the capability; a dot: has not. `show NAME` explains each."


def printable(text: str, encoding: str = "utf-8") -> str:
    """Return the text with an escape for each character that a terminal would act on.

    Those are controls, bidirectional overrides, zero-width characters and whatever else repr()
    escapes, and those that the encoding lacks. A space of any kind is a space.
    """
    if not text.isprintable():
        from unicodedata import category

        text = "".join(" " if category(c) == "Zs" else c for c in text)
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def shown(package: PackageInfo, encoding: str) -> PackageInfo:
    """Return the package with its texts as they are printed, so that what is measured is that."""
    name = printable(package.name, encoding) or "(no name)"
    return dataclasses.replace(package, name=name, comment=printable(package.comment, encoding))


def columns(text: str) -> int:
    """Return how many columns a terminal uses for a printable text.

    Terminals differ, and this is what most do: a combining character takes no column, a wide one
    takes two, any other takes one. What is ambiguous in East Asia counts as narrow, and a sequence
    that makes one picture or one syllable (emoji, Hangul jamo) as its parts.
    """
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(c) in {"Mn", "Me"} else 2 if east_asian_width(c) in {"W", "F"} else 1
        for c in text
    )


def package_table(packages: Sequence[PackageInfo], width: int) -> str:
    """One package a row, or one a paragraph where rows would not fit."""
    rows = [(p.name, str(p.max_token), p.comment) for p in packages]
    name, number, comment = (max(columns(row[i]) for row in (HEADINGS, *rows)) for i in range(3))
    room = width - number - 4
    if name + comment > room:  # pragma: no mutate - at equality both ways give the same
        candidates = range(min(name, NARROWEST), room - min(comment, NARROWEST) + 1)
        if not candidates:
            return "\n\n".join(_paragraph(row, width) for row in rows)
        # A hundred rows tell which widths are best.
        heights = {
            name: sum(len(_row(row, (name, number, room - name))) for row in rows[:100])
            for name in candidates
        }
        name = min(candidates, key=heights.__getitem__)
        comment = room - name
    widths = (name, number, comment)
    rules = tuple("-" * column for column in widths)
    return "\n".join(line for row in (HEADINGS, rules, *rows) for line in _row(row, widths))


def _row(row: tuple[str, ...], widths: tuple[int, int, int]) -> list[str]:
    # What a name goes on with is indented, because it would look like another name.
    cells = map(wrapped, row, widths, ("", "", ""), ("  ", "", ""))
    lines = []
    for name, number, comment in zip_longest(*cells, fillvalue=""):
        gap = " " * (widths[0] - columns(name) + 2)
        lines.append(f"{name}{gap}{number:>{widths[1]}}  {comment}".rstrip())
    return lines


def _paragraph(row: tuple[str, str, str], width: int) -> str:
    name, max_token, comment = row
    lines = wrapped(name, width, rest="  ") + wrapped(f"max token {max_token}", width, "  ", "    ")
    if comment:
        lines += wrapped(comment, width, "  ", "    ")
    return "\n".join(lines)


def package_details(package: PackageInfo, width: int) -> str:
    """One package in full, with what each of its flags means."""
    max_token = f"{package.max_token} bytes"
    if not package.max_token:
        max_token += ": this package gives applications no token."
    rpc_id = str(int(package.rpc_id))
    if isinstance(package.rpc_id, RpcAuthn):
        rpc_id = f"{package.rpc_id.name} ({rpc_id})"
    fields = (
        ("Comment:", package.comment),
        ("Max token:", max_token),
        ("RPC id:", rpc_id),
        ("Version:", str(package.version)),
        ("Capabilities:", f"0x{package.capabilities:08X}"),
    )
    flags = [(name, f.description or "Unknown flag.") for name, f in _set_flags([package]).items()]
    lines = wrapped(package.name, width, rest="  ")
    lines += explained(fields, width, 2, least=NARROWEST) + explained(flags, width, 4)
    return "\n".join(line.rstrip() for line in lines)


def explained(
    terms: Sequence[tuple[str, str]], width: int, indent: int, least: int = 2 * NARROWEST
) -> list[str]:
    """Each term with its meaning beside it, or behind it where that has too few columns."""
    column = max((len(term) for term, _ in terms), default=0)  # pragma: no mutate - not printed
    beside = indent + column + 2
    lines = []
    for term, meaning in terms:
        if beside + least <= width:
            lines += wrapped(meaning, width, f"{'':{indent}}{term:{column}}  ", " " * beside)
        else:
            text = f"{term.removesuffix(':')}: {meaning}"
            lines += wrapped(text, width, " " * indent, " " * (indent + 2))
    return lines


def capability_matrix(packages: Sequence[PackageInfo], width: int) -> str:
    """Capabilities down, packages across: a package's letter where it has the capability.

    What the letters stand for is above, and where that may have scrolled away also below. Where
    the columns would not fit they follow one another in panels.
    """
    flags = _set_flags(packages)
    if not flags:
        text = "This library reports no capabilities for its packages."
        return "\n".join(wrapped(text, width, rest="  "))
    # Four marks have room in any case: there the names of the flags wrap.
    room = max(4, width - 2 - max(map(len, flags)))
    gap = " " if 2 * len(packages) - 1 <= room else ""
    most = min(len(LETTERS), room)
    texts = ["\n".join(wrapped(HOW_TO_READ, width, rest="  "))]
    for start in range(0, len(packages), most):
        panel = [*zip(LETTERS, packages[start : start + most], strict=False)]
        legend = _legend([f"{letter} {p.name}" for letter, p in panel], min(width, 100))
        rows = []
        for name, flag in flags.items():
            marks = (letter if flag in p.capabilities else "." for letter, p in panel)
            beside = f"{gap.join(marks)}  "
            rows += wrapped(name, width, beside, " " * len(beside))
        foot = ["", *legend] if len(legend) + len(rows) > 20 else []
        texts.append("\n".join([*legend, "", *rows, *foot]))
    return "\n\n".join(texts)


def _legend(entries: Sequence[str], width: int) -> list[str]:
    lines: list[str] = []
    for entry in entries:
        if lines and lines[-1][0] != " " and columns(lines[-1]) + 3 + columns(entry) <= width:
            lines[-1] += f"   {entry}"
        else:
            lines += wrapped(entry, width, rest="  ")
    return lines


def _set_flags(packages: Sequence[PackageInfo]) -> dict[str, Capability]:
    """Return each single bit that a package has set, by its name, or its value if it has none."""
    flags = [Capability(1 << bit) for bit in range(32)]
    found = [flag for flag in flags if any(flag in package.capabilities for package in packages)]
    return {str(flag.name) if flag.description else f"0x{flag:08X}": flag for flag in found}


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """As textwrap.wrap() does, but by columns. A word that is too long is broken."""
    if columns(first) + columns(text) <= width:
        return [first + text]
    lines, used, gap = [first], columns(first), ""
    for word in text.split():
        if gap and used + 1 + columns(word) > width:
            lines.append(rest)
            used = len(rest)
        else:
            word = gap + word
        gap = " "
        for part in [word] if used + columns(word) <= width else word:
            if used + columns(part) > width:
                lines.append(rest)
                used = len(rest)
            lines[-1] += part
            used += columns(part)
    return lines
