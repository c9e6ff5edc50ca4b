"""The loop that prunes the server's store; see the use case `prune`."""

import logging

from headrace._kernel import clock
from headrace.exceptions import StoreUnavailable
from headrace.server.services.intervals import Intervals
from headrace.server.store.transactions import Store
from headrace.server.usecases.prune import prune

__all__ = ["pruning"]

INTERVAL_SECONDS = 6 * 3600.0
BREATH_SECONDS = 5.0
BUDGET_SECONDS = 1.0

_logger = logging.getLogger("headrace.server")


def pruning(store: Store, log_days: int) -> Intervals:
    """A loop that prunes four times a day, and after a breath goes on where it is not done in a second."""

    def turn() -> float:
        try:
            pruned = prune(store, log_days=log_days, now=clock.now(), budget_seconds=BUDGET_SECONDS)
        except StoreUnavailable as error:
            _logger.warning("Old log lines could not be deleted now: %s", error)
            return INTERVAL_SECONDS
        if pruned.lines:
            _logger.info("Deleted %s log lines that were older than %s days.", pruned.lines, log_days)
        return INTERVAL_SECONDS if pruned.is_complete else BREATH_SECONDS

    return Intervals("headrace-pruning", turn)
