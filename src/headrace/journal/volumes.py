"""What a journal asks of the file system under it, and what is special to one system in that.

A network file system is refused: SQLite's write-ahead log, POSIX locks and shared mappings are not safe there.
"""

import errno
import os
import sys
from typing import Final

import msgspec

from headrace.journal.errors import UnusableHome

__all__ = [
    "FULL",
    "Volume",
    "allocate",
    "refuse_network",
    "sync_file",
    "sync_folder",
    "volume_of",
    "write",
    "write_sparse",
]

# What a full disk, quota or file-size limit answers.
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MOUNTS: Final = "/proc/self/mountinfo"
_NETWORK_TYPES: Final = frozenset(
    """
    9p afpfs afs beegfs ceph cifs coda davfs fuse.ceph-fuse fuse.gcsfuse fuse.glusterfs fuse.rclone fuse.s3fs fuse.sshfs
    glusterfs gpfs lustre ncpfs nfs nfs4 ocfs2 orangefs pvfs2 smb2 smb3 smbfs webdav
    """.split()
)


class Volume(msgspec.Struct, frozen=True):
    """A mounted file system."""

    kind: str  # as the system calls it: ext4, nfs4
    mounted_at: str


def volume_of(folder: str, mounts: str = _MOUNTS) -> Volume | None:
    """On which file system `folder` lies; None where the system does not tell (macOS).

    `mounts` is a file in the format of Linux's mountinfo.
    """
    try:
        with open(mounts, "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return None
    path = os.fsencode(os.path.realpath(folder))
    found, kind = b"", ""
    for line in lines:
        before, _, behind = line.partition(b" - ")
        fields = before.split(b" ")
        if len(fields) < 5 or not behind:
            continue
        point = _unescaped(fields[4])
        # Of two mounts on one point the later one is seen.
        if len(point) >= len(found) and (path + b"/").startswith(point.rstrip(b"/") + b"/"):
            found, kind = point, behind.split(b" ", 1)[0].decode("ascii", "replace")
    return Volume(kind, os.fsdecode(found)) if kind else None


def refuse_network(folder: str, mounts: str = _MOUNTS) -> None:
    """Raises UnusableHome where `folder` lies on a network file system.

    Where the system does not tell, nothing is refused here; a file system without locks is found by the lock that
    fails.
    """
    volume = volume_of(folder, mounts)
    if volume is not None and volume.kind in _NETWORK_TYPES:
        raise UnusableHome(
            f"The home {folder} lies on a network file system ({volume.kind}, mounted at {volume.mounted_at}), where "
            "locks and the database's write-ahead log are not safe. Set HEADRACE_HOME to a folder on a local disk, or "
            "HEADRACE_API_URL to a server."
        )


def _unescaped(point: bytes) -> bytes:
    # The kernel writes blank, tab, newline and backslash as three octal digits.
    for escape, character in ((b"\\040", b" "), (b"\\011", b"\t"), (b"\\012", b"\n"), (b"\\134", b"\\")):
        point = point.replace(escape, character)
    return point


def allocate(descriptor: int, size: int) -> None:
    """Gives a file `size` bytes of zeros that exist on the disk.

    A page of a mapping for which there is no room would kill the process with SIGBUS; so a full disk has to be told
    here, as an OSError.
    """
    if sys.platform != "darwin":
        os.posix_fallocate(descriptor, 0, size)
        return
    zeros = bytes(min(size, 1 << 20))
    written = 0
    while written < size:
        written += os.pwrite(descriptor, zeros[: size - written], written)


def write(descriptor: int, data: bytes, offset: int = 0) -> None:
    """Writes all of `data` into a file, at `offset`."""
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], offset + written)


def write_sparse(descriptor: int, data: bytes, offset: int, size: int) -> None:
    """Makes a file of at least `size` bytes that holds `data` at `offset`, and nothing before and behind it."""
    os.ftruncate(descriptor, max(size, offset + len(data)))
    write(descriptor, data, offset)


def sync_file(path: str) -> None:
    """Makes what was written into a file, or into a mapping of it, survive a loss of power; if it is still there."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        # Unlike msync in `mmap.flush`, this lets other threads run while the disk works.
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: str) -> None:
    """Makes what was created, renamed or removed in a folder survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
