"""Crash points: every write, rename, commit, unlink and reply of stream and store has a name here.

A test sets HEADRACE_TEST_CRASH_POINT="name:n"; the n-th passage of that point then kills the process with SIGKILL.
"name:n:STOP" sends SIGSTOP instead, and the process stands there, alive, until the test lets it go on; "name:n:INT" is
Ctrl-C at that point.
Unset (always, but for tests), `reach` does nothing; hot paths ask `armed(name)` once and bind accordingly.
"""

import os
import signal

__all__ = ["POINTS", "armed", "reach"]

POINTS: tuple[str, ...] = (
    "journal.birth.made",
    "journal.birth.locked",
    "journal.birth.header",
    "journal.birth.renamed",
    "journal.append.before",
    "journal.append.after",
    "journal.segment.allocated",
    "journal.segment.sealed",
    "journal.segment.unlinked",
    "journal.drain.read",
    "journal.drain.replied",
    "journal.memory.written",
    "journal.bound.replaced",
    "journal.close.drained",
    "journal.close.buried",
    "journal.death.renamed",
    "journal.death.unlinked",
    "recovery.locked",
    "recovery.drained",
    "recovery.buried",
    "store.staged",
    "store.commit.before",
    "store.commit.after",
    "store.creation.aside",
    "store.creation.made",
    "store.creation.renamed",
    "store.migration.before",
    "store.migration.after",
    "ingest.reply",
    "bury.reply",
    "pool.ready",
    "pool.asked",
    "pool.begun",
    "pool.ended",
    "pool.replied",
    "pool.stored",
)

_name, _nth, _signal = (*os.environ.get("HEADRACE_TEST_CRASH_POINT", "").split(":"), "", "")[:3]
_number = signal.Signals[f"SIG{_signal or 'KILL'}"]
_left = int(_nth or 1)
if _name and _name not in POINTS:
    raise ValueError(f"HEADRACE_TEST_CRASH_POINT names {_name!r}; the crash points are {', '.join(POINTS)}")


def armed(name: str) -> bool:
    """Whether this process is to die at the point `name`."""
    return name == _name


def reach(name: str) -> None:
    """Passes the point `name`: dies here, at once and without clean-up, or gets a test's other signal, if it asked."""
    global _left
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), _number)
