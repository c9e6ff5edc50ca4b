"""The memory in which records wait while the disk is full: how much of it is used, and that it is said once."""

import threading
from collections.abc import Callable
from typing import Final

__all__ = ["MEMORY_SEGMENT_BYTES", "Overflow"]

MEMORY_SEGMENT_BYTES: Final = 1 << 20


class Overflow:
    """Shared by the two series of a journal, so that one bound holds for both."""

    def __init__(self, cap_bytes: int, notify: Callable[[str], None]) -> None:
        self.cap_bytes = cap_bytes
        self._used_bytes = 0
        self._notify = notify
        self._is_disk_told = False
        self._is_cap_told = False
        # Re-entrant: a signal handler may report while its own thread is in here.
        self._lock = threading.RLock()

    def reserve(self, size: int) -> bool:
        """Takes so much of the bound; False where it is used up."""
        with self._lock:
            # One segment is always allowed, so that a record larger than the bound has a way.
            if self._used_bytes and self._used_bytes + size > self.cap_bytes:
                return False
            self._used_bytes += size
            return True

    def give_back(self, size: int) -> None:
        """What was reserved is free again."""
        with self._lock:
            self._used_bytes -= size

    def tell_of_disk(self, folder: str, error: OSError) -> None:
        """The disk refused a segment: records go to memory from here on."""
        if not self._is_disk_told:
            self._is_disk_told = True
            self._notify(
                f"Headrace cannot write to {folder} ({error.strerror or error}). What runs report is kept in memory, "
                f"up to {self.cap_bytes >> 20} MiB, and written out when there is room again; it would be lost if "
                "this process were killed before."
            )

    def tell_of_cap(self) -> None:
        """The bound is reached: lines are dropped, and runs wait."""
        if not self._is_cap_told:
            self._is_cap_told = True
            self._notify(
                f"Headrace holds {self.cap_bytes >> 20} MiB of records that it can neither write nor store: further "
                "lines of logs are dropped, and runs wait until there is room on the disk."
            )
