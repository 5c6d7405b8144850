"""What people look at: text that fits `width` columns, wrapped and never cut.

The texts of a package are those that `shown` returns, so that what is measured is what is printed.
"""

import dataclasses
from collections.abc import Sequence
from itertools import zip_longest

from ._flags import Capability, RpcAuthn
from ._package_info import PackageInfo

HEADINGS = ("Name", "Max token", "Comment")
# Narrower than this, a column of wrapped words is hard to read.
NARROWEST = 20
# So many rows tell which widths are best.
ENOUGH = 100
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# The least room for the marks of the matrix, where the names of its flags have to wrap.
FEWEST_MARKS = 4
HOW_TO_READ = "A letter: has the capability; a dot: has not. `show NAME` explains each."
NO_PACKAGES = "This library has no security packages."


def printable(text: str, encoding: str = "utf-8") -> str:
    """Return the text with an escape for each character that a terminal would act on.

    Those are controls, bidirectional overrides, line separators, zero-width characters, lone
    surrogates and whatever else Python's repr() escapes, and those that the encoding lacks. A space
    of any kind is a space.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escape(c) for c in text)
    return text.encode(encoding, "backslashreplace").decode(encoding)


def shown(package: PackageInfo, encoding: str) -> PackageInfo:
    """Return the package with its texts as they are printed."""
    name = printable(package.name, encoding) or "(no name)"
    return dataclasses.replace(package, name=name, comment=printable(package.comment, encoding))


def _escape(character: str) -> str:
    from unicodedata import category

    if category(character) == "Zs":
        return " "
    return repr(character)[1:-1]


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
    if not packages:
        return NO_PACKAGES
    rows = [(p.name, str(p.max_token), p.comment) for p in packages]
    name, number, comment = (
        max(columns(row[i]) for row in (HEADINGS, *rows)) for i in range(len(HEADINGS))
    )
    room = width - number - 4
    if name + comment > room:  # pragma: no mutate - at equality both ways give the same
        candidates = range(min(name, NARROWEST), room - min(comment, NARROWEST) + 1)
        if not candidates:
            return "\n\n".join(_paragraph(row, width) for row in rows)

        def height(name: int) -> int:
            return sum(len(_row(row, (name, number, room - name))) for row in rows[:ENOUGH])

        name = min(candidates, key=height)
        comment = room - name
    widths = (name, number, comment)
    rules = ("-" * name, "-" * number, "-" * comment)
    return "\n".join(line for row in (HEADINGS, rules, *rows) for line in _row(row, widths))


def _row(row: tuple[str, str, str], widths: tuple[int, int, int]) -> list[str]:
    # What a name goes on with is indented, because it would look like another name.
    cells = map(wrapped, row, widths, ("", "", ""), ("  ", "", ""))
    return [
        f"{_padded(name, widths[0])}  {number:>{widths[1]}}  {comment}".rstrip()
        for name, number, comment in zip_longest(*cells, fillvalue="")
    ]


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
    flags = [(_flag_name(f), f.description or "Unknown flag.") for f in _set_flags([package])]
    lines = wrapped(package.name, width, rest="  ")
    lines += [line for label, text in fields for line in _labelled(f"  {label:<15}", text, width)]
    lines += explained(flags, width, 4)
    return "\n".join(line.rstrip() for line in lines)


def explained(terms: Sequence[tuple[str, str]], width: int, indent: int) -> list[str]:
    """Each term with its meaning beside it, or behind it where columns are few."""
    column = max((columns(term) for term, _ in terms), default=0)  # pragma: no mutate - not printed
    beside = indent + column + 2 + 2 * NARROWEST <= width
    lines = []
    for term, meaning in terms:
        if beside:
            lines += _labelled(f"{'':{indent}}{_padded(term, column)}  ", meaning, width)
        else:
            lines += wrapped(f"{term}: {meaning}", width, " " * indent, " " * (indent + 2))
    return lines


def capability_matrix(packages: Sequence[PackageInfo], width: int) -> str:
    """Capabilities down, packages across: a package's letter where it has the capability.

    What the letters stand for is above, and where that may have scrolled away also below. Where
    the columns would not fit they follow one another in panels.
    """
    if not packages:
        return NO_PACKAGES
    flags = _set_flags(packages)
    if not flags:
        return "This library reports no capabilities for its packages."
    room = max(FEWEST_MARKS, width - 2 - max(len(_flag_name(flag)) for flag in flags))
    gap = " " if 2 * len(packages) - 1 <= room else ""
    most = min(len(LETTERS), room)
    panels = [packages[i : i + most] for i in range(0, len(packages), most)]
    texts = [_panel(panel, flags, gap, width) for panel in panels]
    return "\n\n".join(["\n".join(wrapped(HOW_TO_READ, width, rest="  ")), *texts])


def _panel(
    packages: Sequence[PackageInfo], flags: Sequence[Capability], gap: str, width: int
) -> str:
    lettered = [(LETTERS[i], package) for i, package in enumerate(packages)]
    legend = _legend([f"{letter} {p.name}" for letter, p in lettered], min(width, 100))
    rows = []
    for flag in flags:
        marks = (letter if flag in package.capabilities else "." for letter, package in lettered)
        beside = f"{gap.join(marks)}  "
        rows += wrapped(_flag_name(flag), width, beside, " " * len(beside))
    foot = ["", *legend] if len(legend) + len(rows) > 20 else []
    return "\n".join([*legend, "", *rows, *foot])


def _legend(entries: Sequence[str], width: int) -> list[str]:
    lines = wrapped(entries[0], width, rest="  ")
    for entry in entries[1:]:
        continued = lines[-1].startswith(" ")
        if not continued and columns(lines[-1]) + 3 + columns(entry) <= width:
            lines[-1] += f"   {entry}"
        else:
            lines += wrapped(entry, width, rest="  ")
    return lines


def _set_flags(packages: Sequence[PackageInfo]) -> list[Capability]:
    """Return each single bit that a package has set, those without a name included."""
    union = 0
    for package in packages:
        union |= package.capabilities
    return [Capability(1 << bit) for bit in range(union.bit_length()) if union >> bit & 1]


def _flag_name(flag: Capability) -> str:
    """Return the name of a single bit, or its value in hexadecimal if it has no name yet."""
    return str(flag.name) if flag.description else f"0x{flag:08X}"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))


def _labelled(label: str, text: str, width: int) -> list[str]:
    """Wrap a text beside its label, or below it where columns are few."""
    if columns(label) + NARROWEST <= width:
        return wrapped(text, width, label, " " * columns(label))
    indent = " " * (len(label) - len(label.lstrip()))
    return wrapped(f"{label.strip()} {text}", width, indent, f"{indent}  ")


def wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """As textwrap.wrap() does, but by columns. A word that is too long is broken."""
    if columns(first) + columns(text) <= width:
        return [first + text]
    lines = []
    line, used, begun = first, columns(first), False
    for word in text.split():
        size = columns(word)
        if begun and used + 1 + size <= width:
            line, used = f"{line} {word}", used + 1 + size
            continue
        if begun:
            lines.append(line)
            line, used = rest, len(rest)
        if used + size <= width:  # pragma: no mutate - what follows does the same, but slower
            line, used, begun = line + word, used + size, True
            continue
        for character in word:
            size = columns(character)
            if used + size > width:
                lines.append(line)
                line, used = rest, len(rest)
            line, used, begun = line + character, used + size, True
    return [*lines, line]
