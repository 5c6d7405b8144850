"""The same two calls for a library that is not Windows' own, so that they mean the same thing.

One thread at a time, because two threads inside WinPR corrupt its table of buffers. And by names
that the library has enumerated, because WinPR and sspi-rs mind the case of a name, and sspi-rs
panics on one that it lacks.
"""

import os
from _thread import RLock
from collections.abc import Callable

from ._calls import QUERY, Calls
from ._errors import PackageNotFoundError, SecurityStatus
from ._package_info import fold
from ._read import read_name

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from ._calls import Read, T

# Re-entrant, because a signal handler may call us in the thread that holds it. One for all
# libraries, because a fork that takes several could wait for a thread that waits for the fork.
_lock = RLock()


def _release_in_child() -> None:
    try:
        _lock.release()
    except RuntimeError:
        # A signal's handler raised while the fork waited for the lock. CPython ignores that and
        # forks, so the lock belongs to a thread that is not in the child.
        _lock._at_fork_reinit()  # type: ignore[attr-defined]


if hasattr(os, "register_at_fork"):
    # A child must not begin with a lock that another thread of its parent holds. In the parent
    # these are no Python functions, because an interrupt can arrive as one starts.
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_release_in_child
    )


class Guard:
    """The calls of one library, behind the lock and by the names that the library enumerates."""

    __slots__ = ("_calls", "_names")

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._names: tuple[str, ...] = ()

    def enumerate(self, read: "Read[T]") -> "tuple[T, ...]":
        return alone(self._calls.enumerate, read)

    def query(self, name: str, read: "Read[T]") -> "T":
        return alone(self._query, name, read)  # type: ignore[no-any-return]

    def _query(self, name: str, read: "Read[T]") -> "T":
        if name in self._names:
            try:
                return self._calls.query(name, read)
            except PackageNotFoundError:
                pass  # The library may have other names by now.
        self._names = self._calls.enumerate(read_name)
        key = fold(name)
        same = [own_name for own_name in self._names if fold(own_name) == key]
        if not same:
            raise PackageNotFoundError(QUERY, SecurityStatus.SEC_E_SECPKG_NOT_FOUND, name)
        try:
            return self._calls.query(name if name in same else same[0], read)
        except PackageNotFoundError as error:
            raise PackageNotFoundError(QUERY, error.status, name, listed=True) from None


def alone(call: "Callable[..., T]", *arguments: object) -> "T":
    """Make the call while no other thread is in here."""
    # Not `with`, nor acquire() and then `try`: an interrupt between the two leaves the lock held,
    # on CPython 3.14 also inside `with` (cpython#148874). The `for` asks once, and takes the lock
    # and enters the `try` without a step between them where CPython delivers a signal.
    for _ in iter(_lock.acquire, False):  # pragma: no mutate - acquire() returns True alone
        try:
            return call(*arguments)
        finally:
            _lock.release()
    raise AssertionError  # pragma: no cover - acquire() does not return False
