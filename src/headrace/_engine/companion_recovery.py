"""What a companion does once its process has died: it stores what that reported, and concludes what it left."""

from pathlib import Path
from typing import Final, Protocol

from headrace._kernel import clock, late
from headrace._stream import Sink, SinkUnavailable
from headrace.journal import recover_journal
from headrace.settings import get_current_settings
from headrace.settings._values import APISettings

__all__ = ["conclude"]

_PATIENCE_SECONDS: Final = 600.0
_INTERVAL_SECONDS: Final = 2.0


class Connect(Protocol):
    """Opens the control plane of a server."""

    def __call__(self, api: APISettings) -> Sink: ...


def conclude(home: str, journal_id: str) -> None:
    """Recovers the journal, if its process is dead; a server that is away is waited for, with a bound.

    After that the journal stays for whoever comes next.
    """
    connect: Connect = late.load("http_sink")
    sink = connect(get_current_settings().api)
    deadline = clock.monotonic() + _PATIENCE_SECONDS
    while clock.monotonic() < deadline:
        try:
            recover_journal(Path(home), bytes.fromhex(journal_id), sink)
            return
        except (SinkUnavailable, OSError):
            clock.sleep(_INTERVAL_SECONDS)
