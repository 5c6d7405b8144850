"""Programs that fork, in a process of their own."""

import sys

from . import process

# Its threads ask while it forks: argv is the library, how many children, and how.
ASK_AND_FORK = """
import multiprocessing, os, sys, threading
import sspi_pkginfo
from sspi_pkginfo import SspiLibrary

library, children, pool = SspiLibrary(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "pool"
names = [package.name for package in library.enumerate_packages()]
done = False

def ask():
    while not done:
        library.query_package(names[-1])

for _ in range(2):
    threading.Thread(target=ask, daemon=True).start()

def max_token(name):
    return library.query_max_token(name)

if pool:
    with multiprocessing.get_context("fork").Pool(2) as processes:
        answers = processes.map(max_token, names * children)
        print(len(answers) // len(names))
else:
    answered = 0
    for _ in range(children):
        if not (child := os.fork()):
            os._exit(0 if max_token(names[-1]) > 0 else 1)
        answered += os.waitpid(child, 0)[1] == 0
    print(answered)
done = True
"""


def run(program: str, *arguments: str, timeout: int) -> tuple[str, str]:
    """Return what the program prints to stdout and to stderr."""
    ended = process.run(
        sys.executable, "-Wignore", "-c", program, *arguments, timeout=timeout, status=None
    )
    return ended.stdout, ended.stderr
