"""The loop that finishes what dead processes left in the server's home: their reports are stored, their runs ended."""

import logging
import threading
from pathlib import Path
from typing import Any, Protocol

from headrace._kernel import clock, late
from headrace._stream import Sink

__all__ = ["OrphanRecovery"]

INTERVAL_SECONDS = 10.0

_logger = logging.getLogger("headrace.server")


class _Recover(Protocol):
    def __call__(self, home: Path, sink: Sink) -> Any: ...


class OrphanRecovery:
    """Looks for journals whose process is gone, at once and then in intervals."""

    def __init__(self, home: Path, sink: Sink, interval_seconds: float = INTERVAL_SECONDS) -> None:
        self._home = home
        self._sink = sink
        self._interval_seconds = interval_seconds
        self._stopping = threading.Event()
        self._recover: _Recover = late.load("recover_journals")
        self._thread = threading.Thread(target=self._loop, name="headrace-orphan-recovery", daemon=True)

    def start(self) -> None:
        """Starts looking."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the loop, and waits for the recovery that is under way."""
        self._stopping.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            try:
                report = self._recover(self._home, self._sink)
            except Exception:
                _logger.exception("Journals of dead processes could not be recovered; they are kept.")
            else:
                self._tell(report)
            clock.wait(self._stopping, self._interval_seconds)

    def _tell(self, report: Any) -> None:
        for done in report.recovered:
            _logger.info("Recovered the journal of process %s: %s records.", done.identity.pid, done.records)
        for damage in report.damaged:
            _logger.warning("A journal is damaged, and kept: %s", damage.message)
