"""File systems of a test's own: a small one that fills up, and one that cannot be written."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["fill", "may_mount", "read_only", "small_volume"]


def mount(*arguments: str) -> None:
    """Mounts, or skips the test where this process may not."""
    if shutil.which("mount") is None:
        pytest.skip("this system has no mount command")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this process may not mount: {done.stderr.strip()}")


def may_mount(folder: Path) -> bool:
    """Whether this process may mount a file system of its own; tried at `folder`, which is empty."""
    try:
        with small_volume(folder, 1):
            return True
    except pytest.skip.Exception:
        return False


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_volume(folder: Path, mebibytes: int) -> Generator[None]:
    """A file system of this size at `folder`, in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder))
    try:
        yield
    finally:
        unmount(folder)


@contextmanager
def read_only(folder: Path) -> Generator[None]:
    """The folder, which nobody can write meanwhile; not even root."""
    mount("--bind", str(folder), str(folder))
    try:
        mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        unmount(folder)


def fill(folder: Path) -> Path:
    """Takes all room that the file system of `folder` has left; returns the file that holds it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)):
                    continue
            except OSError:
                os.fsync(file.fileno())
    return filler
