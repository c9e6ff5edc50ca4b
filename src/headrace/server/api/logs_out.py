"""The WebSocket `logs/out`: the lines of logs that fit a filter, in the order in which they are stored.

There is no past, as with the peer: it begins with what is stored once the client is admitted.
"""

from functools import partial
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
        self._lines = tails.TailReader("logs", tail)

    @property
    def is_behind(self) -> bool:
        return self._lines.is_behind

    def next(self, store: Store) -> list[str]:
        with store.read() as tx:
            found = self._lines.read(tx, partial(logs.read_stored, tx, self._asked, limit=PAGE_LINES), PAGE_LINES)
        return [f'{{"type":"log","log":{rendering.log(line).model_dump_json()}}}' for line in found]


def _end(store: Store) -> tails.Tail:
    with store.read() as tx:
        return tails.at_end(tx, "logs")


LOG_STREAM: Final = Stream(frozenset(("logs",)), LogFilter, _end, _Lines)
