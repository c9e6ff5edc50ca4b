"""The loop that finishes what dead processes left in the server's home: their reports are stored, their runs ended."""

import logging
from pathlib import Path
from typing import Any, Protocol

from headrace._kernel import late
from headrace._stream import Sink
from headrace.server.services.intervals import Intervals

__all__ = ["orphan_recovery"]

INTERVAL_SECONDS = 10.0

_logger = logging.getLogger("headrace.server")


class _Recover(Protocol):
    def __call__(self, home: Path, sink: Sink) -> Any: ...


def orphan_recovery(home: Path, sink: Sink) -> Intervals:
    """A loop that looks for journals whose process is gone."""
    recover: _Recover = late.load("recover_journals")

    def turn() -> float:
        try:
            report = recover(home, sink)
        except Exception:
            _logger.exception("Journals of dead processes could not be recovered; they are kept.")
        else:
            _tell(report)
        return INTERVAL_SECONDS

    return Intervals("headrace-orphan-recovery", turn)


def _tell(report: Any) -> None:
    for done in report.recovered:
        _logger.info("Recovered the journal of process %s: %s records.", done.identity.pid, done.records)
    for damage in report.damaged:
        _logger.warning("A journal is damaged, and kept: %s", damage.message)
