"""Liveness by a lock that the kernel gives back: a POSIX record lock on a small file of its own, for each journal.

Such a lock belongs to the process, not to a descriptor. A forked child does not inherit it, so a parent's death is
seen while the child lives on (a `flock`, or any mapping of the locked file, would hide it). The price: closing *any*
descriptor of the file drops the lock, and a second lock by the same process always succeeds. So nothing but this
module opens a lock file, and it refuses to open one that this process holds.
"""

import errno
import fcntl
import os
import threading
from typing import Final

from headrace.journal.errors import UnusableHome

__all__ = ["FileLock", "is_held", "take"]

_Inode = tuple[int, int]

_held: set[_Inode] = set()
_guard = threading.Lock()
_REFUSED: Final = frozenset({errno.EACCES, errno.EAGAIN})


def _forget_held() -> None:
    global _guard
    # The parent's locks stay the parent's; its threads, one of which may have been inside the guard, are not here.
    _guard = threading.Lock()
    _held.clear()


os.register_at_fork(after_in_child=_forget_held)


class FileLock:
    """A lock that this process holds until `release`, or until it dies."""

    def __init__(self, descriptor: int, inode: _Inode) -> None:
        self._descriptor = descriptor
        self.inode = inode

    def is_still(self, path: str) -> bool:
        """Whether the file at `path` is the locked one, and not one that was removed, renamed or made anew."""
        try:
            return _inode(os.stat(path)) == self.inode
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Gives the lock back."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            with _guard:
                os.close(descriptor)
                _held.discard(self.inode)

    def abandon(self) -> None:
        """Closes the descriptor in a forked child; the lock is the parent's, and stays."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def take(path: str, *, create: bool = False) -> FileLock | None:
    """The lock on the file at `path`; None while anybody holds it, this process included.

    FileNotFoundError where the file (or, with `create`, its folder) is not there.
    """
    with _guard:
        if _is_own(path):
            return None
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0), 0o666)
        lock: FileLock | None = None
        try:
            if _try_lock(descriptor, fcntl.LOCK_EX, path):
                lock = FileLock(descriptor, _inode(os.fstat(descriptor)))
                _held.add(lock.inode)
        finally:
            if lock is None:
                os.close(descriptor)
        return lock


def is_held(path: str) -> bool:
    """Whether a living process holds the lock on the file at `path`; False where there is no such file."""
    with _guard:
        try:
            if _is_own(path):
                return True
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            # Shared, so that two who ask do not see each other. A recoverer that comes in between passes on and
            # finds the journal the next time.
            return not _try_lock(descriptor, fcntl.LOCK_SH, path)
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int, kind: int, path: str) -> bool:
    try:
        fcntl.lockf(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _REFUSED:
            return False
        raise UnusableHome(
            f"The file {path} cannot be locked ({os.strerror(error.errno or 0)}): its file system has no locks. "
            "Set HEADRACE_HOME to a folder on a local disk."
        ) from error
    return True


def _is_own(path: str) -> bool:
    try:
        return _inode(os.stat(path)) in _held
    except FileNotFoundError:
        return False


def _inode(status: os.stat_result) -> _Inode:
    return status.st_dev, status.st_ino
