"""Handlers of the routes about logs."""

from headrace._wire.logs import Log
from headrace._wire.queries import LogQuery
from headrace.server.api import rendering
from headrace.server.api.queries import filters_of, page_limit
from headrace.server.store import logs
from headrace.server.store.transactions import Store

__all__ = ["read_logs"]


def read_logs(store: Store, query: LogQuery) -> list[Log]:
    """Lines that fit the filter."""
    limit = page_limit(query.limit)
    asked = filters_of(query).get("logs")
    with store.read() as tx:
        found = logs.read_many(tx, asked, sort=query.sort.value, limit=limit, offset=query.offset)
    return [rendering.log(line) for line in found]
