"""The command line: `sspi-pkginfo`, and `python -m sspi_pkginfo`.

A script that reads one number waits for every import here. So arguments are parsed by hand, because
argparse takes longer than the library, and what only some commands need is imported there.
"""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence

from . import __version__
from ._errors import LibraryLoadError, PackageNotFoundError, SspiError
from ._library import SspiLibrary, default_library
from ._package_info import fold

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import TextIO

    from ._calls import T

USAGE = (
    "usage: sspi-pkginfo [list | show NAME... | max-token NAME... | matrix] "
    "[--json] [--library PATH | --from CAPTURE]"
)
WIDEST_HELP = 80
PURPOSE = "List the security packages of this machine. Without a command, lists them all."
COMMANDS = (
    ("list", "list every package: name, maximum token size and comment"),
    ("show NAME...", "show packages in full (NAME is case-insensitive)"),
    ("max-token NAME...", "print only the maximum token size, in bytes"),
    ("matrix", "show which package has which capability"),
    ("help", "print this help"),
)
OPTIONS = (
    ("--json", "print JSON"),
    ("--library PATH", "use this library; a bare name is looked up in the system's folders only"),
    ("--from CAPTURE", "show what --json printed here or elsewhere; - is standard input"),
    ("-V, --version", "print the version"),
    ("-h, --help", "print this help"),
)
STATUSES = (
    ("0", "success"),
    ("1", "the library failed or has no such package, or the capture is not valid"),
    ("2", "wrong usage"),
    ("130", "Ctrl-C"),
)
COMMAND_NAMES = [term.split()[0] for term, _ in COMMANDS]
TAKE_NAMES = ("show", "max-token")
OPTION_NAMES = [word.strip(",") for term, _ in OPTIONS for word in term.split() if word[0] == "-"]
VALUES = {"--library": "PATH", "--from": "CAPTURE"}


class UsageError(Exception):
    """The arguments are wrong."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    try:
        status, answer, message = _run(sys.argv[1:] if argv is None else argv)
        error = _write(sys.stdout, answer)
        # A reader that closes the pipe early is not an error. EINVAL is what Windows calls it.
        if error is not None and error.errno not in (errno.EPIPE, errno.EINVAL):
            status, message = 1, f"cannot write the answer: {error.strerror}"
        if message:
            from ._tables import printable

            usage = _usage() if status == 2 else []
            _write(sys.stderr, "\n".join([*usage, f"sspi-pkginfo: {printable(message)}\n"]))
    except KeyboardInterrupt:
        return 130
    return status


def _run(argv: Sequence[str]) -> tuple[int, str, str]:
    """Return the exit status, what goes to stdout, and what is wrong."""
    try:
        return 0, f"{_answer(argv)}\n", ""
    except UsageError as error:
        return 2, "", str(error)
    except (SspiError, LibraryLoadError, ValueError) as error:
        return 1, "", str(error)
    except MemoryError:
        return 1, "", "there is not enough memory"


def _answer(argv: Sequence[str]) -> str:
    given, words = _parsed(argv)
    command, *names = words or ["list"]
    options = [word for given_one in given.items() for word in given_one if word]
    if command == "help" or "-h" in given or "--help" in given:
        return _help()
    if "-V" in given or "--version" in given:
        return f"sspi-pkginfo {__version__}"

    if command not in COMMAND_NAMES:
        remedy = _nearest(command, names, options) or _show(words, options)
        if os.path.isfile(command):
            remedy = f"to read a capture: sspi-pkginfo --from {_typed(command)}"
        raise UsageError(f"no command is named {command!r}; {remedy}")
    if names and command not in TAKE_NAMES:
        remedy = _nearest(names[0], names[1:], options) or _show(names, options)
        raise UsageError(f"{command} takes no NAME; {remedy}")
    if not names and command in TAKE_NAMES:
        raise UsageError(f"{command} needs a NAME, for example: sspi-pkginfo {command} NTLM")
    if "--from" in given and "--library" in given:
        raise UsageError("--from and --library cannot be used together")

    if "--from" in given:
        library, title = _replay(given["--from"])
    else:
        library = SspiLibrary(given["--library"]) if "--library" in given else default_library()
        title = library.path
    return _report(command, names, library, title, "--json" in given)


def _parsed(argv: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options that are given, with their values, and the other words."""
    given: dict[str, str] = {}
    words: list[str] = []
    arguments = iter(argv)
    for argument in arguments:
        if argument == "--":
            words += arguments
        elif not argument.startswith("-") or argument == "-":
            words.append(argument)
        else:
            option, equals, value = argument.partition("=")
            if option not in OPTION_NAMES:
                remedy = _nearest(option, [*arguments], []) or "see sspi-pkginfo --help"
                raise UsageError(f"no option is named {option}; {remedy}")
            if equals and option not in VALUES:
                raise UsageError(f"{option} takes no value")
            if option in VALUES and not equals:
                value = next(arguments, "")
            if option in VALUES and not value:
                raise UsageError(f"{option} needs a {VALUES[option]}, which is missing or empty")
            given[option] = value
    return given, words


def _nearest(word: str, names: Sequence[str], options: Sequence[str]) -> str:
    """Suggest the command, with what else was given, or the option that is probably meant."""
    from difflib import get_close_matches

    key = word.lower().lstrip("-/").replace("_", "-").replace("?", "help")
    terms = OPTION_NAMES + COMMAND_NAMES if word.startswith("-") else COMMAND_NAMES + OPTION_NAMES
    bare = [term.lstrip("-") for term in terms]
    near = [name for name in bare if key and name.startswith(key)] or get_close_matches(key, bare)
    if not near:
        return ""
    term = terms[bare.index(near[0])]
    words = [term, *(names if term in TAKE_NAMES else ()), *options]
    return f"did you mean {_typed(*words)}?"


def _show(names: Sequence[str], options: Sequence[str]) -> str:
    """Return how to show what was given without `show`."""
    text = f"to show a package: sspi-pkginfo show {_typed(*names, *options)}"
    if len(names) > 1:
        one = _typed(" ".join(names), *options)
        text += f"; if that is one name, in quotes: sspi-pkginfo show {one}"
    return text


def _typed(*words: str) -> str:
    return " ".join(f'"{word}"' if not word or " " in word else word for word in words)


def _replay(capture: str) -> tuple[SspiLibrary, str]:
    """Return a library that answers as the captured one did, and what to call it."""
    from ._captures import read
    from .testing import FakeSspi

    file, name = (0, "standard input") if capture == "-" else (capture, capture)
    try:
        library = FakeSspi(read(file)).library
    except OSError as error:
        # Windows says "Permission denied" of a folder.
        reason = "Is a directory" if os.path.isdir(file) else error.strerror
        raise ValueError(f"{name}: {reason}") from error
    return library, f"{library.path} (captured in {name})"


def _report(command: str, names: list[str], library: SspiLibrary, title: str, as_json: bool) -> str:
    answers: list[Mapping[str, object]]
    if command == "max-token":
        sizes = _each(library, library.query_max_token, names)
        if not as_json:
            return "\n".join(map(str, sizes))
        answers = [{"name": n, "max_token": size} for n, size in zip(names, sizes, strict=True)]
    elif command == "show":
        packages = _each(library, library.query_package, names)
    else:
        packages = [*library.enumerate_packages()]
    if as_json:
        import json

        if command != "max-token":
            dicts = [package.to_dict() for package in packages]
            flags = {package["name"]: package["capabilities"] for package in dicts}
            one = {"packages": flags if command == "matrix" else dicts}
            answers = [*dicts] if command == "show" else [one]
        objects = [{"library": library.path, **answer} for answer in answers]
        return json.dumps(objects if len(objects) > 1 else objects[0], indent=2)

    from . import _tables

    width = _width()
    # Escaped before it is measured. A stream that is no file may have no encoding.
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    packages = [_tables.shown(package, encoding) for package in packages]
    heading = f"Library: {_tables.printable(title, encoding)}"
    texts = ["\n".join(_tables.wrapped(heading, width, rest="  "))]
    if command == "show":
        texts += [_tables.package_details(package, width) for package in packages]
    elif not packages:
        texts.append("This library has no security packages.")
    else:
        table = _tables.package_table if command == "list" else _tables.capability_matrix
        texts.append(table(packages, width))
    return "\n\n".join(texts)


def _each(library: SspiLibrary, query: "Callable[[str], T]", names: Sequence[str]) -> "list[T]":
    """Query each name; only then complain about those that are not found."""
    answers, missing = [], []
    for name in names:
        try:
            answers.append(query(name))
        except PackageNotFoundError as error:
            missing.append(error)
    if missing:
        raise ValueError(_not_found(library, missing))
    return answers


def _not_found(library: SspiLibrary, missing: Sequence[PackageNotFoundError]) -> str:
    from difflib import get_close_matches

    names = {package.name.lower(): package.name for package in library.enumerate_packages()}
    together = f" {' '.join(error.name for error in missing).lower()} "
    for lower, name in names.items():
        if " " in name and len(missing) > 1 and f" {lower} " in together:
            return f"{missing[0]}; a name with spaces needs quotes: {_typed(name)}"
    there_are = f"the packages are {', '.join(names.values())}" if names else "there are none"
    texts = []
    for error in missing:
        text = str(error)
        nearest = get_close_matches(error.name.lower(), names, n=1)
        if fold(error.name) in map(fold, names.values()):
            text = str(PackageNotFoundError(error.function, error.status, error.name, listed=True))
        elif nearest:
            text += f"; did you mean {_typed(names[nearest[0]])}?"
        elif error is missing[-1]:
            text += f"; {there_are}"
        texts.append(text)
    return "; ".join(texts)


def _help() -> str:
    from ._tables import explained, wrapped

    width = min(_width(), WIDEST_HELP)
    lines = [*_usage(), "", *wrapped(PURPOSE, width)]
    for title, terms in (("commands", COMMANDS), ("options", OPTIONS), ("exit status", STATUSES)):
        lines += ["", f"{title}:", *explained(terms, width, 2)]
    return "\n".join(lines)


def _usage() -> list[str]:
    from ._tables import wrapped

    return wrapped(USAGE, min(_width(), WIDEST_HELP), rest="  ")


def _width() -> int:
    from shutil import get_terminal_size

    # A pipe or a file is as wide as it takes, because grep has no use for half a row.
    size = get_terminal_size(fallback=(sys.maxsize, 0))  # pragma: no mutate - no lines are used
    return max(20, size.columns)


def _write(stream: "TextIO | None", text: str) -> OSError | None:
    """Write all of a text, or return the error. No stream at all is not an error."""
    if stream is None or not text:
        return None
    try:
        raw = getattr(stream, "buffer", None)
        if isinstance(raw, io.RawIOBase):
            # With python -u the text layer takes a part for the whole; a buffer does not.
            stream.flush()
            buffer = io.BufferedWriter(raw)
            buffer.write(text.replace("\n", os.linesep).encode(stream.encoding, "backslashreplace"))
            buffer.flush()
            buffer.detach()
        else:
            stream.write(text)
            stream.flush()
    except OSError as error:
        # Python would write what is left once more as it exits, and exit with 120.
        with contextlib.suppress(OSError):
            stream.close()
        return error
    return None
