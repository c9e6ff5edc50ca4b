"""Makes the rows that a use case would decide on; a test sets only what matters to it."""

from typing import Any

from msgspec.structs import replace

from headrace._kernel.ids import new_id, state_id
from headrace._records import StateRecord
from headrace.server.store import hot
from headrace.server.store.changes import Changes, FlowRow, FlowRunRow, JournalRow, LogRow, TaskRunRow
from headrace.server.store.transactions import Store

__all__ = ["AT", "apply", "flow_run", "journal", "line", "moved", "moved_task", "state", "task_run"]

AT = 1_700_000_000_000_000
"""The instant at which tests play, in microseconds."""


def state(kind: str = "RUNNING", ordinal: int = 1, at: int = AT, *, attempt: int = 1, **fields: Any) -> StateRecord:
    """A state, named by its type where the test gives no name."""
    return StateRecord(attempt, ordinal, kind, fields.pop("name", kind.capitalize()), at, **fields)


def apply(store: Store, *rows: FlowRow | FlowRunRow | TaskRunRow | LogRow, journal: JournalRow | None = None) -> None:
    """Writes rows in one step, and flows of the names that flow runs bear."""
    flow_runs = tuple(row for row in rows if isinstance(row, FlowRunRow))
    named = {row.flow_name: FlowRow(new_id(), row.flow_name, AT) for row in flow_runs}
    flows = tuple(row for row in rows if isinstance(row, FlowRow))
    changes = Changes(
        journal=journal,
        flows=(*flows, *named.values()),
        flow_runs=flow_runs,
        task_runs=tuple(row for row in rows if isinstance(row, TaskRunRow)),
        logs=tuple(row for row in rows if isinstance(row, LogRow)),
    )
    with store.step() as tx:
        hot.apply(tx, changes)


def flow_run(current: StateRecord | None = None, **fields: Any) -> FlowRunRow:
    """A flow run that does not exist yet."""
    current = current or state()
    known: dict[str, Any] = {
        "id": new_id(),
        "flow_name": "hello",
        "name": "able-otter",
        "created_at": AT,
        "updated_at": AT,
        "attempt": current.attempt,
        "ordinal": current.ordinal,
        "state": current,
        "new_states": (current,),
        "expected_state_id": None,
        "is_new": True,
    }
    return FlowRunRow(**(known | fields))


def moved(run: FlowRunRow, current: StateRecord, **fields: Any) -> FlowRunRow:
    """The run as it shall stand next, provided that it still stands as `run` says."""
    before = run.state and state_id(run.id, run.state.attempt, run.state.ordinal)
    known: dict[str, Any] = {
        "attempt": current.attempt,
        "ordinal": current.ordinal,
        "state": current,
        "new_states": (current,),
        "expected_state_id": before,
        "is_new": False,
    }
    return replace(run, **(known | fields))


def task_run(*history: StateRecord, **fields: Any) -> TaskRunRow:
    """A task run that does not exist yet."""
    history = history or (state("PENDING", 0), state("RUNNING", 1, AT + 1), state("COMPLETED", 2, AT + 2))
    known: dict[str, Any] = {
        "id": new_id(),
        "flow_run_id": None,
        "name": "say-0",
        "task_key": "say-1a2b3c4d",
        "created_at": history[0].at,
        "updated_at": history[-1].at,
        "state": history[-1],
        "history": history,
        "revision": 1,
        "expected_revision": None,
    }
    return TaskRunRow(**(known | fields))


def moved_task(run: TaskRunRow, current: StateRecord, **fields: Any) -> TaskRunRow:
    """The task run as it shall stand next, provided that it still stands as `run` says."""
    known: dict[str, Any] = {
        "state": current,
        "history": (*run.history, current),
        "updated_at": current.at,
        "revision": run.revision + 1,
        "expected_revision": run.revision,
    }
    return replace(run, **(known | fields))


def line(message: str = "Hello", **fields: Any) -> LogRow:
    """A line of a log."""
    known: dict[str, Any] = {
        "flow_run_id": None,
        "task_run_id": None,
        "at": AT,
        "level": 20,
        "logger": "headrace.flow_runs",
        "message": message,
    }
    return LogRow(**(known | fields))


def journal(states: int = 0, logs: int = 0, *, known_at: tuple[int, int] | None = None, **fields: Any) -> JournalRow:
    """A journal moved to these positions; `known_at` is where the store shall know it to be."""
    known: dict[str, Any] = {
        "id": new_id(),
        "host": "host",
        "boot_id": "boot",
        "pid": 7,
        "started_at": AT,
        "states_cursor": states,
        "logs_cursor": logs,
        "expected_cursors": known_at,
    }
    return JournalRow(**(known | fields))
