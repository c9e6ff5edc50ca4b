"""Empties a store: everything that it was told is deleted for good, and it goes on as a new one."""

from typing import Final

import msgspec

from headrace.server.store.transactions import Store

__all__ = ["Emptied", "empty"]

# What is counted, and then what else goes. The store's own id stays: journals and servers know it by that.
_COUNTED: Final = ("flows", "flow_runs", "task_runs", "logs")
_OTHERS: Final = ("edges", "flow_run_states", "dead_letters", "deleted_flow_runs", "journals")


class Emptied(msgspec.Struct, frozen=True):
    """How much was deleted."""

    flows: int
    flow_runs: int
    task_runs: int
    log_lines: int


def empty(store: Store) -> Emptied:
    """Deletes all rows, in one transaction."""
    with store.write() as tx:
        counts = [tx.execute(f"SELECT count(*) FROM {table}")[0][0] for table in _COUNTED]
        for table in (*_COUNTED, *_OTHERS):
            tx.execute(f"DELETE FROM {table}")
    return Emptied(*counts)
