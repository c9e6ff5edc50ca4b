"""The client's methods about logs."""

from headrace._wire.filters import LogFilter
from headrace._wire.logs import Log
from headrace._wire.queries import LogQuery, LogSort
from headrace.client._exchange import Exchange, endpoint

__all__ = ["LogEndpoints"]


class LogEndpoints:
    """Methods about logs."""

    @endpoint
    def read_logs(
        self,
        log_filter: LogFilter | None = None,
        limit: int | None = None,
        offset: int | None = None,
        sort: LogSort | None = None,
    ) -> Exchange[list[Log]]:
        """Lines that fit the filter, `limit` of them (200 where it is not given) behind the first `offset`."""
        query = LogQuery(logs=log_filter, limit=limit, offset=offset or 0, sort=sort or LogSort.TIMESTAMP_ASC)
        return Exchange("read_logs", body=query)
