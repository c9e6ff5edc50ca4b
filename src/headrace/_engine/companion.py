"""The companion of a process that reports to a server: where that process dies, it tells the server within seconds.

A home's own store is recovered by whoever opens it next. To a home whose runs are at a server nobody may come for long,
and no thread survives a kill. So a small process (`companion_process.py`) holds one end of a pipe, whose other end the
kernel closes with this process, however that ends. Meanwhile it renews a lease, by which the server knows of this host.
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

from headrace._engine.companion_process import RENEWAL
from headrace.settings import Settings

__all__ = ["Companion"]

_PROGRAM: Final = str(Path(__file__).with_name("companion_process.py"))
_RECOVERY: Final = (
    "import sys; sys.path[:] = {path!r}; from headrace._engine.companion_recovery import conclude; "
    "conclude({home!r}, {journal_id!r})"
)
# Whoever ends a group of processes ends ours as well, which then needs its companion.
_UNHEARD: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_held: set[int] = set()  # our ends of the pipes


class Companion:
    """A companion that is started in the background. Whoever opened the journal ends it, behind the journal's end."""

    def __init__(self, settings: Settings, journal_id: bytes, renewal: str) -> None:
        """`renewal` is the request that it repeats meanwhile, so that the server knows that this host lives."""
        theirs, self._ours = os.pipe()
        _held.add(self._ours)
        code = _RECOVERY.format(path=sys.path, home=str(settings.home), journal_id=journal_id.hex())
        environment = {**os.environ, **settings.to_environment_variables(exclude_unset=True), RENEWAL: renewal}
        # Loading a program holds up the thread that asks for it.
        threading.Thread(
            target=_start, args=(theirs, code, environment), name="headrace-companion", daemon=True
        ).start()

    def end(self) -> None:
        """Says that there is nothing left to conclude."""
        if self._ours in _held:  # a forked child holds it no longer
            _held.discard(self._ours)
            with suppress(OSError):  # somebody has killed it
                os.write(self._ours, b".")
            os.close(self._ours)


def _start(theirs: int, code: str, environment: dict[str, str]) -> None:
    """Starts it in a session of its own, and with nothing open that others may wait for the end of."""
    null = os.devnull, os.O_WRONLY, 0o666
    try:
        started = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", _PROGRAM, code],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, theirs, 0),
                (os.POSIX_SPAWN_OPEN, 1, *null),
                (os.POSIX_SPAWN_OPEN, 2, *null),
            ],
            setsid=True,
            setsigmask=_UNHEARD,
        )
    except OSError:  # it is done without: whoever comes next to this home recovers it
        return
    finally:
        os.close(theirs)
    with suppress(ChildProcessError):  # user code waited for all of its children
        os.waitpid(started, 0)


def _forked() -> None:
    """A child that lives on must not hide its parent's death."""
    for end in _held:
        with suppress(OSError):
            os.close(end)
    _held.clear()


os.register_at_fork(after_in_child=_forked)
