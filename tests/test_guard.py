"""The guard around every library that is not Windows' own: which libraries have it, and what it
does with names, threads and forks."""

import shutil
import sys
import threading
from pathlib import Path

import pytest
from support import core
from support.core import has_the_guard
from support.forks import ASK_AND_FORK, run
from support.libraries import LIBRARIES
from support.native import FaultyLibrary

from sspi_pkginfo import PackageNotFoundError, SspiLibrary

on_windows = pytest.mark.skipif(sys.platform != "win32", reason="for secur32.dll, on Windows")
off_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")


@pytest.fixture
def guarded(faulty_path: Path) -> FaultyLibrary:
    return FaultyLibrary(faulty_path)


# Which libraries have it


class Subclass(SspiLibrary):
    pass


@pytest.mark.parametrize("kind", [SspiLibrary, Subclass])
@pytest.mark.parametrize("file", ["secur32.dll", "another.so"])
def test_a_library_named_by_its_path_has_the_guard_whatever_it_is_called(
    faulty_path: Path, tmp_path: Path, kind: type[SspiLibrary], file: str
) -> None:
    assert has_the_guard(kind(shutil.copy(faulty_path, tmp_path / file)))


@on_windows
@pytest.mark.parametrize("name", ["secur32.dll", "SECUR32", "sspicli.dll"])
def test_what_a_bare_name_loads_on_windows_has_no_guard(name: str) -> None:
    assert not has_the_guard(SspiLibrary(name))


@off_windows
def test_what_a_bare_name_loads_elsewhere_has_the_guard() -> None:
    for library in LIBRARIES["WinPR"]():
        assert has_the_guard(library)


# Names


def test_asks_for_the_name_as_the_library_spells_it(guarded: FaultyLibrary) -> None:
    with guarded.told_to() as library:
        assert library.query_package("pACKAGE 1").name == "Package 1"


def test_asks_for_no_name_that_the_library_did_not_list(guarded: FaultyLibrary) -> None:
    with guarded.told_to() as library:
        with pytest.raises(PackageNotFoundError):
            library.query_package("Package 9")
        assert guarded.faults.calls == 2  # EnumerateSecurityPackagesW and FreeContextBuffer


def test_lists_the_names_once_and_asks_for_the_value_each_time(guarded: FaultyLibrary) -> None:
    with guarded.told_to(max_token=1) as library:
        assert library.query_max_token("Package 0") == 1
        assert guarded.faults.calls == 4  # the two calls, each with its FreeContextBuffer
        guarded.faults.max_token = 2
        assert library.query_max_token("Package 1") == 2
        assert guarded.faults.calls == 6


def test_a_name_that_the_library_spells_otherwise_by_now_is_answered(
    guarded: FaultyLibrary,
) -> None:
    with guarded.told_to(name="Kerberos") as library:
        assert library.query_package("Kerberos").name == "Kerberos"
        guarded.faults.name[0] = ord("k")
        assert library.query_package("Kerberos").name == "kerberos"


def test_says_so_when_the_library_lists_a_package_and_refuses_to_describe_it(
    guarded: FaultyLibrary,
) -> None:
    with guarded.told_to(query_status=0x80090305) as library:
        for _ in "names not known yet", "names known":
            with pytest.raises(PackageNotFoundError) as caught:
                library.query_max_token("Package 0")
            assert caught.value.function == "QuerySecurityPackageInfoW"
            assert str(caught.value) == (
                "the library lists 'Package 0' but refuses to describe it: "
                "SEC_E_SECPKG_NOT_FOUND (0x80090305)"
            )


def test_takes_no_name_for_one_that_says_it_is_equal(guarded: FaultyLibrary) -> None:
    class Everything(str):
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            return True

    with guarded.told_to() as library:
        library.query_package("Package 0")
        with pytest.raises(PackageNotFoundError):
            library.query_package(Everything("nope"))


# Threads


def test_the_guard_lets_one_thread_in_at_a_time(guarded: FaultyLibrary) -> None:
    guarded.ask()
    inside: list[bool] = []
    other = threading.Thread(target=guarded.library.enumerate_packages)

    def while_the_other_waits() -> None:
        other.start()
        other.join(timeout=0.2)
        inside.append(guarded.faults.calls > 0)

    core.guard().alone(while_the_other_waits)
    other.join(timeout=30)
    assert inside == [False]
    assert guarded.faults.calls == 2


# Forks


@off_windows
@pytest.mark.parametrize("way", ["fork", "pool"])
def test_a_child_answers_whatever_the_threads_of_its_parent_were_doing(
    native: SspiLibrary, way: str
) -> None:
    assert run(ASK_AND_FORK, native.path, "40", way, timeout=60) == ("40\n", "")


FORK_INSIDE = """
import os, sys, threading
from support import core
from sspi_pkginfo import SspiLibrary

library = SspiLibrary(sys.argv[1])

def others_can_ask():
    thread = threading.Thread(target=library.enumerate_packages, daemon=True)
    thread.start()
    thread.join(timeout=10)
    return not thread.is_alive()

if not (child := core.guard().alone(os.fork)):
    os._exit(0 if others_can_ask() else 1)
print(os.waitpid(child, 0)[1], others_can_ask())
"""


@off_windows
def test_a_fork_inside_the_guard_leaves_it_free_in_both_processes(faulty_path: Path) -> None:
    assert run(FORK_INSIDE, str(faulty_path), timeout=30) == ("0 True\n", "")


FORK_AND_BE_INTERRUPTED = """
import os, signal, sys, threading
from support import core
from sspi_pkginfo import SspiLibrary

library = SspiLibrary(sys.argv[1])
inside, leave = threading.Event(), threading.Event()
def stay():
    inside.set()
    leave.wait()
threading.Thread(target=core.guard().alone, args=(stay,)).start()
inside.wait()
sys.unraisablehook = lambda what: None  # CPython says that it ignores what the handler raised
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.1)
if not (child := os.fork()):
    signal.alarm(10)
    library.enumerate_packages()
    threads = [threading.Thread(target=library.enumerate_packages) for _ in range(2)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    os._exit(0)
leave.set()
print(os.waitpid(child, 0)[1], len(library.enumerate_packages()) > 0)
"""


@off_windows
def test_a_child_answers_though_a_signal_interrupted_the_fork_while_it_waited(
    native: SspiLibrary,
) -> None:
    assert run(FORK_AND_BE_INTERRUPTED, native.path, timeout=60) == ("0 True\n", "")


@off_windows
@pytest.mark.parametrize("holder", ["this thread", "a thread that is not in the child"])
def test_what_a_child_does_first_leaves_the_lock_free(
    monkeypatch: pytest.MonkeyPatch, holder: str
) -> None:
    lock = threading.RLock()
    monkeypatch.setattr(core.guard(), "_lock", lock)
    if holder == "this thread":
        lock.acquire()
    else:
        thread = threading.Thread(target=lock.acquire)
        thread.start()
        thread.join()
    core.guard()._release_in_child()
    taken: list[bool] = []
    other = threading.Thread(target=lambda: taken.append(lock.acquire(blocking=False)))
    other.start()
    other.join()
    assert taken == [True]


FIRST_USE = """
import multiprocessing, threading
import sspi_pkginfo

def ask():
    sspi_pkginfo.query_max_token("NTLM")

threading.Thread(target=ask).start()
child = multiprocessing.get_context("fork").Process(target=ask, daemon=True)
child.start()
child.join(timeout=20)
print(child.exitcode)
"""


@off_windows
def test_a_child_answers_though_a_thread_of_its_parent_was_in_its_first_call(
    default_library: SspiLibrary,
) -> None:
    assert run(FIRST_USE, timeout=60) == ("0\n", "")
