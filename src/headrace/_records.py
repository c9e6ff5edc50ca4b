"""The records of the stream: what a process reports about its runs, in the order in which it happened.

Every record is a frozen msgspec struct, encoded as a msgpack array that begins with its tag. Fields are only ever
added at the end, with a default, so that several versions share a home.
Ids are 16 bytes, instants integer microseconds UTC, JSON is bytes of UTF-8.
"""

from typing import Any, Final, cast

import msgspec

__all__ = [
    "CHILD_FLOW_RUN",
    "PRESUMED",
    "FlowRunBegun",
    "FlowRunConcluded",
    "FlowRunMoved",
    "LogLine",
    "Record",
    "StateRecord",
    "TaskRunCreated",
    "TaskRunMoved",
    "decode_history",
    "decode_record",
    "encode",
    "encode_history",
]


PRESUMED: Final = "presumed_crash"
"""Key in the details of a Crashed state that somebody else than the run's own process reported."""

CHILD_FLOW_RUN: Final = "child_flow_run_id"
"""Key in the details of a state of a task run that stands for a subflow: the subflow's run."""


class StateRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One state of a run; `(attempt, ordinal)` orders it among the run's states, whenever it arrives."""

    attempt: int
    ordinal: int
    type: str  # a StateType: SCHEDULED, PENDING, RUNNING, COMPLETED, FAILED, CANCELLED, CRASHED, PAUSED, CANCELLING
    name: str
    at: int
    message: str | None = None
    details: dict[str, Any] | None = None  # fields of StateDetails that are set, as JSON values
    data: bytes | None = None  # JSON: where the result lies; None while results stay in memory


class FlowRunBegun(msgspec.Struct, frozen=True, array_like=True, tag=1, gc=False):
    """A proposal: this process wants to run this flow run (made here where it does not exist yet)."""

    run_id: bytes
    attempt: int
    flow_name: str
    name: str
    created_at: int
    states: tuple[StateRecord, ...]  # Pending and Running, in order
    parameters: bytes = b"{}"
    tags: tuple[str, ...] = ()
    parent_task_run_id: bytes | None = None
    flow_version: str | None = None


class FlowRunMoved(msgspec.Struct, frozen=True, array_like=True, tag=2, gc=False):
    """A proposal: the run goes to a state that is not its last (AwaitingRetry, Retrying, Paused)."""

    run_id: bytes
    state: StateRecord


class FlowRunConcluded(msgspec.Struct, frozen=True, array_like=True, tag=3, gc=False):
    """A proposal: the run ends in this state; stored only behind all that was reported before it."""

    run_id: bytes
    state: StateRecord


class TaskRunCreated(msgspec.Struct, frozen=True, array_like=True, tag=4, gc=False):
    """A report: a task run exists, with its first state."""

    run_id: bytes
    flow_run_id: bytes | None
    name: str
    task_key: str
    state: StateRecord
    tags: tuple[str, ...] = ()
    inputs: tuple[tuple[str, tuple[bytes, ...]], ...] = ()  # parameter -> ids of the runs whose results it was given
    dynamic_key: str | None = None
    task_version: str | None = None


class TaskRunMoved(msgspec.Struct, frozen=True, array_like=True, tag=5, gc=False):
    """A report: a task run went to this state."""

    run_id: bytes
    state: StateRecord


class LogLine(msgspec.Struct, frozen=True, array_like=True, tag=6, gc=False):
    """A report: one line of a run's log."""

    flow_run_id: bytes | None
    task_run_id: bytes | None
    at: int
    level: int  # of the standard library: 10 DEBUG to 50 CRITICAL
    logger: str
    message: str


Record = FlowRunBegun | FlowRunMoved | FlowRunConcluded | TaskRunCreated | TaskRunMoved | LogLine

_encode: Final = msgspec.msgpack.Encoder().encode
decode_record: Final = msgspec.msgpack.Decoder(Record).decode


def encode(record: Any) -> bytes:
    """A record as bytes. Text that is no Unicode (names of files have such) keeps what of it is, the rest escaped."""
    try:
        return _encode(record)
    except UnicodeEncodeError:
        return _encode(_as_unicode(record))


def _as_unicode(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, msgspec.Struct):
        return type(value)(*(_as_unicode(getattr(value, field)) for field in value.__struct_fields__))
    if isinstance(value, tuple):
        return tuple(_as_unicode(item) for item in cast("tuple[Any, ...]", value))
    if isinstance(value, dict):
        return {_as_unicode(key): _as_unicode(item) for key, item in cast("dict[Any, Any]", value).items()}
    return value


_decode_history = msgspec.msgpack.Decoder(tuple[StateRecord, ...]).decode


def encode_history(states: tuple[StateRecord, ...]) -> bytes:
    """A run's states in order, packed as the store keeps them in the run's own row."""
    return encode(states)


def decode_history(packed: bytes) -> tuple[StateRecord, ...]:
    """The states that `encode_history` packed."""
    return _decode_history(packed)
