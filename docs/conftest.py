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
import io
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.parsers.myst import CodeBlockParser, PythonCodeBlockParser

from sspi_pkginfo._cli import main
from sspi_pkginfo.testing import FakeSspi

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
OWN_LIBRARIES = ["other-library.md", "tutorial.md"]
NOT_RUN = {"ansible-playbook", "echo", "git", "kinit", "pip"}
TEXT = {"powershell", "shell", "text"}
DOCTEST = doctest.ELLIPSIS | doctest.DONT_ACCEPT_BLANKLINE


class PythonParser(PythonCodeBlockParser):
    """As its base, but a block that begins with the comment of a file's name becomes that file."""

    def __call__(self, document: Document) -> Any:
        for region in super().__call__(document):
            if isinstance(region.parsed, str) and file_name(region.parsed):
                region.evaluator = write_file
            yield region


def file_name(source: str) -> str | None:
    first = source.partition("\n")[0]
    name = first.removeprefix("# ")
    return name if name != first and name.endswith(".py") and " " not in name else None


def write_file(example: Example) -> None:
    path = Path(file_name(example.parsed) or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example.parsed, encoding="utf-8")


def run_console(example: Example) -> str | None:
    wanted: list[tuple[str, str]] = []
    for line in example.parsed.splitlines(keepends=True):
        if line.startswith("$ "):
            wanted.append((line[2:].strip(), ""))
        else:
            command, output = wanted.pop()
            wanted.append((command, output + line))
    for command, output in wanted:
        got = run(command)
        if got is not None and not doctest.OutputChecker().check_output(output, got, DOCTEST):
            return f"$ {command}\nExpected:\n{output}\nGot:\n{got}"
    return None


def run(command: str) -> str | None:
    """Run a line and return what it prints, or None if it is not for us to run."""
    words = shlex.split(command)
    target = words[-1] if words[-2:-1] == [">"] else None
    if target:
        del words[-2:]
    if words[0] == "sspi-pkginfo":
        out = err = io.StringIO()
        if target:
            out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main(words[1:])
        if target:
            Path(target).write_text(out.getvalue(), encoding="utf-8")
        return err.getvalue()
    if words[0] == "python" and (words[1:3] == ["-m", "pytest"] or Path(words[1]).is_file()):
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True)
        return done.stdout + done.stderr
    return None


class KnownLanguages(CodeBlockParser):
    """Fails for a block that nothing here checks and nothing has to."""

    def __init__(self) -> None:
        super().__init__("any")

    def __call__(self, document: Document) -> Any:
        for region in self.lexers(document):
            language = region.lexemes["arguments"]
            checked = {"python", "console"}
            if not language.startswith("{") and language not in TEXT | checked:
                raise ValueError(f"{document.path}: no check for a block of {language!r}")
            if language == "console":
                check_programs(document, region)
        return ()


def check_programs(document: Document, region: Region) -> None:
    for line in str(region.lexemes["source"]).splitlines():
        if line.startswith("$ "):
            program = line.split()[1]
            if program not in NOT_RUN | {"sspi-pkginfo", "python"}:
                raise ValueError(f"{document.path}: is {program!r} run, or not?")


def parsers() -> list[Callable[[Document], Any]]:
    return [
        KnownLanguages(),
        PythonParser(doctest_optionflags=doctest.ELLIPSIS),
        CodeBlockParser("console", run_console),
    ]


def open_folder(namespace: dict[str, Any]) -> None:
    stack = namespace["stack"] = contextlib.ExitStack()
    before = Path.cwd()
    folder = tempfile.mkdtemp()
    stack.callback(shutil.rmtree, folder)
    stack.callback(os.chdir, before)
    os.chdir(folder)
    for capture in DATA.glob("*.json"):
        shutil.copy(capture, folder)
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    patch.setenv("COLUMNS", "80")


def open_windows_10(namespace: dict[str, Any]) -> None:
    open_folder(namespace)
    fake = FakeSspi.from_json(DATA / "windows-10.json")
    fake.library._path = "secur32.dll"
    namespace["stack"].enter_context(fake)


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
