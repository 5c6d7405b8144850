"""A child process of a test: it has a time limit, it is killed in the end with all that it started,
and what it printed is in the failure."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from .paths import environment


@contextmanager
def started(*command: object, **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Start a process whose output can be read, and kill it in the end."""
    pipes = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
    options = {"stdin": subprocess.DEVNULL, "text": True, "env": environment(), **pipes, **options}
    process = subprocess.Popen([*map(str, command)], start_new_session=True, **options)
    try:
        yield process
    finally:
        kill(process)
        for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
            with suppress(OSError):
                pipe.close()
        process.wait(timeout=30)


def kill(process: "subprocess.Popen[str]") -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        # With its children, which would keep the pipes open. On macOS PermissionError means that
        # all have ended.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def run(
    *command: object,
    timeout: float = 60,
    status: int | None = 0,
    text_in: str | None = None,
    **options: Any,
) -> "subprocess.CompletedProcess[str]":
    """Run a process to its end; it fails if it takes longer or has another status than expected."""
    if text_in is not None:
        options["stdin"] = subprocess.PIPE
    with started(*command, **options) as process:
        try:
            out, err = process.communicate(text_in, timeout)
        except subprocess.TimeoutExpired:
            kill(process)
            out, err = process.communicate(timeout=30)
            pytest.fail(f"it did not end in {timeout} s\nstdout: {out}\nstderr: {err}")
    if status is not None and process.returncode != status:
        pytest.fail(f"exit status {process.returncode}\nstdout: {out}\nstderr: {err}")
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
