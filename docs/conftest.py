"""Runs the blocks of the pages: `pytest docs`.

Blocks of a page share one namespace and one folder, which has the captures that the pages offer for
download. `sspi_pkginfo` answers there as the machine of tests/data/windows-10.json did, so that a
page shows what Windows prints wherever it is checked. The pages in OWN_LIBRARIES run on this
machine's own libraries.

python   Prompts are a doctest, other code is executed. One that begins with a comment such as
         `# conftest.py` is written to that file instead.
console  `$ sspi-pkginfo` runs and prints what follows, where "..." stands for anything; so does
         `$ python` on a file that the page has written. What installs things or asks other
         machines is not run: NOT_RUN says which.
"""

import contextlib
import doctest
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support import command, process
from support.paths import DATA, WINDOWS_10
from sybil import Document, Example, Sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

from sspi_pkginfo import SspiLibrary
from sspi_pkginfo.testing import FakeSspi

OWN_LIBRARIES = ["other-library.md", "tutorial.md"]
NOT_RUN = {"ansible-playbook", "echo", "git", "kinit", "pip"}
TEXT = {"powershell", "shell", "text"}
FILE_NAME = re.compile(r"# (\S+\.py)\n")


class PythonParser(PythonCodeBlockParser):
    """As its base, but a block that begins with the comment of a file's name becomes that file."""

    def __call__(self, document: Document) -> Any:
        for region in super().__call__(document):
            if isinstance(region.parsed, str) and FILE_NAME.match(region.parsed):
                region.evaluator = write_file
            yield region


def write_file(example: Example) -> None:
    name = FILE_NAME.match(example.parsed)
    assert name
    Path(name[1]).write_text(example.parsed, encoding="utf-8")


def run_console(example: Example) -> str | None:
    _, *commands = re.split(r"^\$ ", example.parsed, flags=re.MULTILINE)
    for line, _, wanted in (entry.partition("\n") for entry in commands):
        got = run(line)
        options = doctest.ELLIPSIS | doctest.DONT_ACCEPT_BLANKLINE
        if got is not None and not doctest.OutputChecker().check_output(wanted, got, options):
            return f"$ {line}\nExpected:\n{wanted}\nGot:\n{got}"
    return None


def run(line: str) -> str | None:
    """Run a line and return what it prints, or None if it is not for us to run."""
    words, _, target = line.partition(" > ")
    program, *arguments = shlex.split(words)
    if program == "sspi-pkginfo":
        _, out, err = command.run(*arguments)
        if target:
            Path(target).write_text(out, encoding="utf-8")
        return err if target else out + err
    if program == "python" and (arguments[:2] == ["-m", "pytest"] or Path(arguments[0]).is_file()):
        done = process.run(sys.executable, *arguments, status=None)
        return done.stdout + done.stderr
    return None


class KnownLanguages(CodeBlockParser):
    """Fails for a block that nothing here checks and nothing has to."""

    def __init__(self) -> None:
        super().__init__("any")

    def __call__(self, document: Document) -> Any:
        for region in self.lexers(document):
            language = region.lexemes["arguments"]
            if not language.startswith("{") and language not in TEXT | {"python", "console"}:
                raise ValueError(f"{document.path}: no check for a block of {language!r}")
            if language == "console":
                commands = re.findall(r"^\$ (\S+)", str(region.lexemes["source"]), re.MULTILINE)
                if unknown := {*commands} - NOT_RUN - {"sspi-pkginfo", "python"}:
                    raise ValueError(f"{document.path}: is {unknown} run, or not?")
        return ()


def parsers() -> list[Callable[[Document], Any]]:
    return [
        KnownLanguages(),
        PythonParser(doctest_optionflags=doctest.ELLIPSIS),
        CodeBlockParser("console", run_console),
    ]


def open_folder(namespace: dict[str, Any]) -> None:
    stack = namespace["stack"] = contextlib.ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    stack.enter_context(contextlib.chdir(folder))
    for capture in DATA.glob("*.json"):
        shutil.copy(capture, folder)


def open_windows_10(namespace: dict[str, Any]) -> None:
    open_folder(namespace)
    patch = namespace["stack"].enter_context(pytest.MonkeyPatch.context())
    # The command prints it as the name of the library.
    patch.setattr(SspiLibrary, "path", "secur32.dll")
    namespace["stack"].enter_context(FakeSspi.from_json(WINDOWS_10))


def close(namespace: dict[str, Any]) -> None:
    namespace["stack"].close()


windows_10 = Sybil(
    parsers(),
    patterns=["*.md"],
    excludes=OWN_LIBRARIES,
    setup=open_windows_10,
    teardown=close,
)
own_libraries = Sybil(parsers(), patterns=OWN_LIBRARIES, setup=open_folder, teardown=close)

pytest_collect_file = (windows_10 + own_libraries).pytest()
