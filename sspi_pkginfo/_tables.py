"""What people look at: packages as text that fits `width` columns, wrapped and never cut."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from textwrap import wrap

from ._flags import Capability, RpcAuthn
from ._package_info import PackageInfo

HEADINGS = ("Name", "Max token", "RPC id", "Version", "Comment")
ALIGNMENT = "<><><"
# Narrower than this, a column of wrapped words is no pleasure to read.
NARROWEST = 14


def package_table(packages: Sequence[PackageInfo], width: int) -> str:
    """One package a row, or one a paragraph where rows would not fit."""
    rows = [(p.name, str(p.max_token), _rpc_id(p), str(p.version), p.comment) for p in packages]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    name, *numbers, comment = widths
    room = width - sum(numbers) - 2 * len(numbers) - 2
    if name + comment > room:
        enough = min(name, NARROWEST)
        name = min(name, max(room // 2, room - comment))
        comment = room - name
        if name < enough or comment < NARROWEST:
            return "\n".join(line for package in packages for line in _paragraph(package, width))
    widths = [name, *numbers, comment]
    rules = ["-" * column for column in widths]
    return "\n".join(line for row in (HEADINGS, rules, *rows) for line in _row(row, widths))


def _row(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    cells = [wrap(text, width) for text, width in zip(row, widths, strict=True)]
    return [
        "  ".join(
            f"{text:{align}{width}}"
            for text, align, width in zip(line, ALIGNMENT, widths, strict=True)
        ).rstrip()
        for line in zip_longest(*cells, fillvalue="")
    ]


def _paragraph(package: PackageInfo, width: int) -> list[str]:
    rpc_id = _rpc_id(package)
    numbers = f"max token {package.max_token}, RPC id {rpc_id}, version {package.version}"
    return [
        *_indented(package.name, width, 0),
        *_indented(numbers, width, 2),
        *_indented(package.comment, width, 2),
    ]


def package_details(package: PackageInfo, width: int) -> str:
    """One package in full, with what each of its flags means."""
    rpc_id = _rpc_id(package)
    if isinstance(package.rpc_id, RpcAuthn):
        rpc_id += f" ({int(package.rpc_id)})"
    flags = _set_flags((package,))
    column = max(map(len, map(_flag_name, flags)), default=0)
    roomy = 4 + column + 2 + 2 * NARROWEST <= width
    lines = [
        *_indented(package.name, width, 0),
        *_indented(f"Comment:       {package.comment}", width, 2),
        *_indented(f"Max token:     {package.max_token} bytes", width, 2),
        *_indented(f"RPC id:        {rpc_id}", width, 2),
        *_indented(f"Version:       {package.version}", width, 2),
        *_indented(f"Capabilities:  0x{package.capabilities:08X}", width, 2),
    ]
    for flag in flags:
        name = _flag_name(flag)
        meaning = flag.description or "Not a flag that this version knows."
        if roomy:
            lines += wrap(
                f"    {name:<{column}}  {meaning}",
                width,
                subsequent_indent=" " * (4 + column + 2),
            )
        else:
            lines += _indented(f"{name}: {meaning}", width, 4)
    return "\n".join(lines)


def capability_matrix(packages: Sequence[PackageInfo], width: int) -> str:
    """Capabilities down, packages across: x where a package has the capability.

    The packages' names stand in steps above their columns. Where the columns would not fit they
    follow one another in panels.
    """
    flags = sorted({*Capability, *_set_flags(packages)})
    label = max(len(_flag_name(flag)) for flag in flags)
    columns = max(1, (width - label - 1) // 2)
    panels = [packages[i : i + columns] for i in range(0, len(packages), columns)]
    return "\n\n".join(_panel(panel, flags, width) for panel in panels)


def _panel(packages: Sequence[PackageInfo], flags: Sequence[Capability], width: int) -> str:
    lines = []
    for i, package in enumerate(packages):
        first, *rest = wrap(package.name, max(NARROWEST, width - 2 * i)) or [""]
        lines.append("| " * i + first)
        lines += ["| " * i + "|   " + more for more in rest]
    for flag in flags:
        marks = ("x" if flag in package.capabilities else "." for package in packages)
        lines.append(f"{' '.join(marks)}  {_flag_name(flag)}")
    return "\n".join(lines)


def _set_flags(packages: Iterable[PackageInfo]) -> list[Capability]:
    """Return each single bit that a package has set, those without a name included."""
    union = 0
    for package in packages:
        union |= package.capabilities
    return [Capability(1 << bit) for bit in range(32) if union >> bit & 1]


def _flag_name(flag: Capability) -> str:
    """Return the name of a single bit, or its value in hexadecimal if it has no name yet."""
    return str(flag.name) if flag.description else f"0x{flag:08X}"


def _rpc_id(package: PackageInfo) -> str:
    rpc_id = package.rpc_id
    return rpc_id.name if isinstance(rpc_id, RpcAuthn) else str(rpc_id)


def _indented(text: str, width: int, indent: int) -> list[str]:
    return wrap(text, width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2))
