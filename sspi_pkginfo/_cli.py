"""The command line: `sspi-pkginfo`, and `python -m sspi_pkginfo`."""

import argparse
import difflib
import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Sequence

from . import __version__, _tables
from ._errors import LibraryLoadError, PackageNotFoundError, SspiError
from ._library import SspiLibrary, default_library


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; wrong usage and --help raise SystemExit."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A Windows code page need not have every character of a comment.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            defaults = argparse.Namespace(json=False, library=None, name="", report=_list)
            return _run(_parser().parse_args(argv, defaults))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except OSError as error:
        # Else Python tries once more to write what is left, as it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        # EINVAL is what Windows says of a closed pipe.
        return 0 if error.errno in (errno.EPIPE, errno.EINVAL) else _fail(error)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="print JSON")
    common.add_argument(
        "--library",
        metavar="PATH",
        help="the native library to ask; a bare name is searched for in the system's folders only",
    )
    one_package = argparse.ArgumentParser(add_help=False)
    one_package.add_argument("name", metavar="NAME", help="a security package, in any case")

    parser = argparse.ArgumentParser(
        prog="sspi-pkginfo",
        description="Tell which security packages this machine has. No command lists them all.",
        epilog="Exit status: 0; 1 if the library failed or has no such package; 2 for wrong usage.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(title="commands")
    for name, report, parents, purpose in (
        ("show", _show, [one_package, common], "one package in full, with what its flags mean"),
        ("max-token", _max_token, [one_package, common], "its cbMaxToken in bytes, alone"),
        ("matrix", _matrix, [common], "capabilities against packages"),
    ):
        command = commands.add_parser(name, parents=parents, help=purpose, description=purpose)
        command.set_defaults(report=report)
    return parser


def _run(options: argparse.Namespace) -> int:
    try:
        library = default_library() if options.library is None else SspiLibrary(options.library)
        try:
            data, text = options.report(library, options.name)
        except PackageNotFoundError as error:
            return _fail(error, _did_you_mean(library, error.name))
    except (SspiError, LibraryLoadError, ValueError) as error:
        return _fail(error)
    print(json.dumps(data, indent=2) if options.json else text)
    return 0


def _fail(error: Exception, hint: str = "") -> int:
    line = " ".join(f"{error}{hint}".splitlines())
    print(f"sspi-pkginfo: {line}", file=sys.stderr)
    return 1


def _did_you_mean(library: SspiLibrary, name: str) -> str:
    names = {package.name.lower(): package.name for package in library.enumerate_packages()}
    nearest = difflib.get_close_matches(name.lower(), names, n=1)
    return f"; did you mean {names[nearest[0]]}?" if nearest else ""


# Each report is the data that --json prints, and the text that people read.
Report = tuple[object, str]


def _list(library: SspiLibrary, _: str) -> Report:
    packages = library.enumerate_packages()
    data = {"library": library.path, "packages": [package.to_dict() for package in packages]}
    return data, f"Library: {library.path}\n\n{_tables.package_table(packages, _width())}"


def _show(library: SspiLibrary, name: str) -> Report:
    package = library.query_package(name)
    data = {"library": library.path, **package.to_dict()}
    return data, f"Library: {library.path}\n\n{_tables.package_details(package, _width())}"


def _max_token(library: SspiLibrary, name: str) -> Report:
    max_token = library.query_max_token(name)
    return {"library": library.path, "name": name, "max_token": max_token}, str(max_token)


def _matrix(library: SspiLibrary, _: str) -> Report:
    packages = library.enumerate_packages()
    data = {
        "library": library.path,
        "packages": {package.name: package.to_dict()["capabilities"] for package in packages},
    }
    return data, f"Library: {library.path}\n\n{_tables.capability_matrix(packages, _width())}"


def _width() -> int:
    # A pipe or a file is as wide as it takes, for grep has no use for half a row.
    return max(20, shutil.get_terminal_size(fallback=(10_000, 24)).columns)
