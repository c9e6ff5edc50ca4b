"""What a journal is told when it is opened, and what it tells when it is closed."""

import sys
from collections.abc import Callable
from typing import Literal

import msgspec

from headrace._stream import Burial, Directives

__all__ = ["CloseReport", "JournalOptions", "notify_on_stderr"]


def notify_on_stderr(message: str) -> None:
    """Says a sentence to whoever sees the process's standard error, if there is one."""
    if sys.stderr is not None:  # some daemons have none
        sys.stderr.write(message + "\n")


class JournalOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a journal behaves; every value has a default that suits a script.

    Attributes:
        segment_bytes: size of a segment; a larger record gets a segment of its own size.
        durability: "process" survives every death of the process; "disk" also a loss of power: barriers, and the
            drainer once a tick, sync what was appended. The sink has to be durable in the same way by itself.
        exit_timeout_seconds: how long `close` drains before it keeps the rest.
        log_bound_bytes: log lines that wait for the sink beyond this are dropped, oldest first, and counted in the
            run's log. States are never dropped.
        buffer_cap_bytes: memory for records while the disk is full. Beyond it lines of logs are dropped, and states
            wait.
        is_mapped: False appends by `pwrite` in any case, as it is done where files cannot be mapped.
        tick_seconds, idle_tick_seconds: how often the drainer looks while something happens, and while nothing does.
        burial_message: what `close` tells about runs that it finds unfinished.
        notify: says one sentence to the user. Each condition is told once.
        heed: called about once a second, not before the first one is over, with what asks for the directives to this
            process; where replies bring them, only when there are some, and at once.
        parent_id: the journal of the process for whose task runner this one works. It recovers this journal while it
            lives, and is recovered behind it where both are dead.
    """

    segment_bytes: int = 2 << 20
    durability: Literal["process", "disk"] = "process"
    exit_timeout_seconds: float = 10.0
    log_bound_bytes: int = 512 << 20
    buffer_cap_bytes: int = 64 << 20
    is_mapped: bool = True
    tick_seconds: float = 0.1
    idle_tick_seconds: float = 1.0
    burial_message: str = "The process ended before this run did."
    notify: Callable[[str], None] = notify_on_stderr
    heed: Callable[[Callable[[], Directives]], object] | None = None
    parent_id: bytes = b""


class CloseReport(msgspec.Struct, frozen=True, kw_only=True):
    """How a journal ended."""

    kept_records: int = 0  # not stored yet, and on the disk for whoever recovers them
    folder: str | None = None  # where they are; None where all is stored
    lost_records: int = 0  # were in memory alone, for the disk was full
    dead_letters: int = 0  # records that the store could never take, over the journal's whole life
    message: str | None = None  # the sentence to tell the user; None where all is stored
    burial: Burial | None = None
