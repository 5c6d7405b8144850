"""The command line: `sspi-pkginfo`, and `python -m sspi_pkginfo`.

A script that reads one number waits for every import here. So the parser is getopt, because to
build argparse's parsers takes twice as long as to load the library, and what only some commands
need is imported where it is used.
"""

import contextlib
import errno
import getopt
import io
import sys
from collections.abc import Sequence

from . import __version__
from ._errors import LibraryLoadError, PackageNotFoundError, SspiError
from ._library import SspiLibrary, default_library

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import TextIO

USAGE = "usage: sspi-pkginfo [COMMAND [NAME]] [--json] [--library PATH | --from CAPTURE]"
WIDEST_HELP = 80
PURPOSE = "List the security packages of this machine. Without a command, lists them all."
COMMANDS = (
    ("list", "list every package: name, maximum token size and comment"),
    ("show NAME", "show one package in full (NAME is case-insensitive)"),
    ("max-token NAME", "print only the maximum token size, in bytes"),
    ("matrix", "show which package has which capability"),
)
OPTIONS = (
    ("--json", "print JSON"),
    (
        "--library PATH",
        "use this native library; a bare name is looked up in the system's folders only",
    ),
    ("--from CAPTURE", "show what --json printed into this file, here or on another machine"),
    ("--version", "print the version"),
    ("-h, --help", "print this help"),
)
STATUSES = (
    ("0", "success"),
    ("1", "the library failed or has no such package, or the capture is not valid"),
    ("2", "wrong usage"),
    ("130", "Ctrl-C"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    try:
        status, answer, complaint = _run(sys.argv[1:] if argv is None else argv)
        error = _write(sys.stdout, answer)
        # A reader that closes the pipe early is not an error. EINVAL is what Windows calls it.
        if error is not None and error.errno not in (errno.EPIPE, errno.EINVAL):
            status, complaint = 1, _complaint(f"cannot write the answer: {error.strerror}")
        _write(sys.stderr, complaint)
    except KeyboardInterrupt:
        return 130
    return status


def _run(argv: Sequence[str]) -> tuple[int, str, str]:
    """Return the exit status, what goes to stdout, and what goes to stderr."""
    try:
        return 0, f"{_answer(argv)}\n", ""
    except getopt.GetoptError as error:
        return 2, "", f"{USAGE}\n{_complaint(str(error))}"
    except (SspiError, LibraryLoadError, ValueError) as error:
        return 1, "", _complaint(str(error))


def _complaint(message: str) -> str:
    from ._tables import printable

    return f"sspi-pkginfo: {printable(message)}\n"


def _answer(argv: Sequence[str]) -> str:
    given: dict[str, str] = {}
    words: list[str] = []
    rest = list(argv)
    while rest:
        # Not gnu_getopt(): with POSIXLY_CORRECT set, that takes no option after a command.
        options, rest = getopt.getopt(rest, "h", ["help", "version", "json", "library=", "from="])
        given.update(options)
        words += rest[:1]
        rest = rest[1:]
    if "-h" in given or "--help" in given:
        return _help()
    if "--version" in given:
        return f"sspi-pkginfo {__version__}"

    command, *names = words or ["list"]
    if command not in ("list", "show", "max-token", "matrix"):
        raise getopt.GetoptError(f"no command is named {command!r}; see sspi-pkginfo --help")
    if command in ("show", "max-token"):
        if len(names) != 1:
            raise getopt.GetoptError(f"{command} takes the NAME of one package")
    elif names:
        raise getopt.GetoptError(f"{command} takes no NAME")
    if "--from" in given and "--library" in given:
        raise getopt.GetoptError("--from and --library cannot be used together")

    if "--from" in given:
        library, path = _replay(given["--from"])
    elif "--library" in given:
        library = SspiLibrary(given["--library"])
        path = library.path
    else:
        library = default_library()
        path = library.path
    try:
        return _report(command, names, library, path, "--json" in given)
    except PackageNotFoundError as error:
        raise ValueError(_not_found(library, error)) from error


def _replay(capture: str) -> tuple[SspiLibrary, str]:
    """Return a library that answers as the captured one did, and the captured one's path."""
    from ._captures import read
    from .testing import FakeSspi

    try:
        captured = read(capture)
    except OSError as error:
        raise ValueError(f"{capture}: {error.strerror}") from error
    return FakeSspi(captured.packages).library, captured.library


def _not_found(library: SspiLibrary, error: PackageNotFoundError) -> str:
    from difflib import get_close_matches

    names = {package.name.lower(): package.name for package in library.enumerate_packages()}
    nearest = get_close_matches(error.name.lower(), names)
    if nearest:
        return f"{error}; did you mean {names[nearest[0]]}?"
    if not names:
        return f"{error}; there are none"
    return f"{error}; the packages are {', '.join(names.values())}"


def _report(
    command: str, names: Sequence[str], library: SspiLibrary, path: str, as_json: bool
) -> str:
    if command == "max-token":
        max_token = library.query_max_token(*names)
        return _json(path, name=names[0], max_token=max_token) if as_json else str(max_token)

    from . import _tables

    heading = f"Library: {_tables.printable(path)}\n\n"
    if command == "show":
        package = library.query_package(*names)
        if as_json:
            return _json(path, **package.to_dict())
        return heading + _tables.package_details(package, _width())

    packages = library.enumerate_packages()
    if command == "list":
        if as_json:
            return _json(path, packages=[package.to_dict() for package in packages])
        return heading + _tables.package_table(packages, _width())

    if as_json:
        flags = {package.name: package.to_dict()["capabilities"] for package in packages}
        return _json(path, packages=flags)
    return heading + _tables.capability_matrix(packages, _width())


def _json(library: str, **members: object) -> str:
    import json

    return json.dumps({"library": library, **members}, indent=2)


def _help() -> str:
    from ._tables import explained, wrapped

    width = min(_width(), WIDEST_HELP)
    lines = [*wrapped(USAGE, width, rest="  "), "", *wrapped(PURPOSE, width)]
    for title, terms in (
        ("commands", COMMANDS),
        ("options", OPTIONS),
        ("exit status", STATUSES),
    ):
        lines += ["", f"{title}:", *explained(terms, width, 2)]
    return "\n".join(lines)


def _width() -> int:
    from shutil import get_terminal_size

    # A pipe or a file is as wide as it takes, because grep has no use for half a row.
    size = get_terminal_size(fallback=(sys.maxsize, 0))  # pragma: no mutate - no lines are used
    return max(20, size.columns)


def _write(stream: "TextIO | None", text: str) -> OSError | None:
    """Write a text and return the error, if there is one. No stream at all is not an error."""
    if stream is None or not text:
        return None
    try:
        if isinstance(stream, io.TextIOWrapper):
            # A Windows code page does not have every character of a comment.
            stream.reconfigure(errors="backslashreplace")
        stream.write(text)
        stream.flush()
    except OSError as error:
        # Python would write what is left once more as it exits, and exit with 120.
        with contextlib.suppress(OSError):
            stream.close()
        return error
    return None
