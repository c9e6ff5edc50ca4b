"""The WebSocket `logs/out`: the lines of logs that fit a filter, in the order in which they are stored.

There is no past, as with the peer: it begins with what is stored once the client is admitted.
"""

from typing import Any, Final

from headrace._wire.filters import LogFilter
from headrace.server.api import rendering
from headrace.server.api.out_socket import Stream
from headrace.server.store import logs, tails
from headrace.server.store.transactions import Store

__all__ = ["LOG_STREAM"]

PAGE_LINES: Final = 200


class _Lines:
    """The lines that one client asks for; see `out_socket.Pages`."""

    def __init__(self, tail: tails.Tail, asked: LogFilter, frame: dict[str, Any]) -> None:
        self._asked = asked.model_dump(exclude_none=True)
        self._tail = tail
        self._spans: list[tails.Span] = []

    @property
    def is_behind(self) -> bool:
        return bool(self._spans)

    def next(self, store: Store) -> list[str]:
        with store.read() as tx:
            if not self._spans:
                self._tail, self._spans = tails.advanced(tx, "logs", self._tail)
            if not self._spans:
                return []
            first, last = self._spans[0].first, self._spans[-1].last
            found = logs.read_stored(tx, self._asked, first=first, last=last, limit=PAGE_LINES)
        spans = self._spans
        self._spans = tails.behind(spans, found[-1][0]) if len(found) == PAGE_LINES else []
        lines = [rendering.log(line) for number, line in found if tails.is_among(spans, number)]
        return [f'{{"type":"log","log":{line.model_dump_json()}}}' for line in lines]


def _end(store: Store) -> tails.Tail:
    with store.read() as tx:
        return tails.at_end(tx, "logs")


LOG_STREAM: Final = Stream(frozenset(("logs",)), LogFilter, _end, _Lines)
