"""The command, run in this process."""

import contextlib
import io
import os
from typing import NamedTuple
from unittest import mock

from sspi_pkginfo._cli import main


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


def run(*argv: str, columns: int = 80) -> Outcome:
    """Run a command in a terminal of so many columns."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.dict(os.environ, COLUMNS=str(columns)):
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(argv)
    return Outcome(status, out.getvalue(), err.getvalue())


def printed(*argv: str, columns: int = 80) -> str:
    """Run a command that succeeds, and return what it prints."""
    status, out, err = run(*argv, columns=columns)
    assert (status, err) == (0, "")
    return out


def complaint(*argv: str, status: int = 1) -> str:
    """Run a command that fails, and return the last line of what it prints to stderr."""
    got, out, err = run(*argv)
    assert (got, out) == (status, "")
    *usage, line = err.splitlines()
    assert usage == (printed("help").partition("\n\n")[0].splitlines() if status == 2 else [])
    assert line.startswith("sspi-pkginfo: ")
    return line.removeprefix("sspi-pkginfo: ")
