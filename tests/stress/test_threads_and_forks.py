"""Many threads at once, and forks among them."""

import sys
import threading
from collections.abc import Callable

import pytest
from support import process
from support.forks import ASK_AND_FORK, run
from support.native import FaultyLibrary

from sspi_pkginfo import SspiLibrary

THREADS = 16


def in_threads(work: Callable[[], None]) -> None:
    """Do the work in sixteen threads that start together and take turns as often as can be."""
    start = threading.Barrier(THREADS)
    failures: list[BaseException] = []

    def run() -> None:
        start.wait()
        try:
            work()
        except BaseException as failure:
            failures.append(failure)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=run, daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=300)
    finally:
        sys.setswitchinterval(interval)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


def ask(library: SspiLibrary, times: int) -> None:
    packages = library.enumerate_packages()
    for _ in range(times):
        assert library.enumerate_packages() == packages
        for package in packages:
            assert library.query_package(package.name) == package
            assert library.query_max_token(package.name) == package.max_token


def test_sixteen_threads_get_right_answers(library: SspiLibrary) -> None:
    in_threads(lambda: ask(library, 50))


def test_sixteen_threads_with_a_library_object_each_get_right_answers(native: SspiLibrary) -> None:
    def work() -> None:
        for _ in range(10):
            ask(SspiLibrary(native.path), 5)

    in_threads(work)


def test_sixteen_threads_lose_nothing(faulty: FaultyLibrary) -> None:
    with faulty.told_to(unaligned=True) as library:
        in_threads(lambda: ask(library, 200))
        assert faulty.handed_out > 16 * 200 * 7


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
@pytest.mark.parametrize("way", ["fork", "pool"])
def test_four_hundred_children_answer_while_threads_ask(native: SspiLibrary, way: str) -> None:
    assert run(ASK_AND_FORK, native.path, "400", way, timeout=300) == ("400\n", "")


FIRST_USE = """
import sys, threading
import sspi_pkginfo
sys.setswitchinterval(1e-6)
start = threading.Barrier(16)
answers = []
def work():
    start.wait()
    answers.append((sspi_pkginfo.query_max_token("NTLM"), id(sspi_pkginfo.default_library())))
threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(answers), len({*answers}))
"""


@pytest.mark.parametrize("attempt", range(10))
def test_sixteen_threads_that_use_the_library_first_share_it(
    default_library: SspiLibrary, attempt: int
) -> None:
    first_use = process.run(sys.executable, "-c", FIRST_USE)
    assert (first_use.stdout, first_use.stderr) == ("16 1\n", "")
