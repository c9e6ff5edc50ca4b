"""What crosses the border between a flow run's process and those of its task runner, and how it is written down.

Functions and classes of modules go by name; those of the script itself, of functions and lambdas by value
(cloudpickle), so that the other process need not run the script again.
"""

import pickle
import traceback
from collections.abc import Callable
from typing import Any, Final, cast

import cloudpickle  # pyright: ignore[reportMissingTypeStubs] - it has none
import msgspec

from headrace._engine.lineage import Lineage
from headrace._engine.resolving import Inputs
from headrace._engine.task_run import Ended
from headrace._kernel.crashes import described
from headrace._kernel.current import FlowFrame, Frame
from headrace._records import StateRecord
from headrace.exceptions import CrashedRun, SerializationError

__all__ = [
    "BEGUN",
    "STORED",
    "RemoteTraceback",
    "Reply",
    "Request",
    "Surroundings",
    "image_of",
    "loads",
    "pickled",
    "pickled_call",
    "pickled_error",
    "pickled_flow",
]

_dumps = cast("Callable[[Any], bytes]", cast(Any, cloudpickle).dumps)
loads = pickle.loads
BEGUN: Final = b""
"""What a process says when it has a request, before it looks at it."""

STORED: Final = b""
"""What it says when all is stored that a run reported, whose result it has told before."""

_INSTEAD: Final = "Hand over what it is made from, such as a path or a URL, or use the ThreadPoolTaskRunner."
_FLOW_FIELDS: Final = (
    "run_id",
    "name",
    "flow_id",
    "attempt",
    "run_count",
    "parameters",
    "tags",
    "started_at",
    "log_prints",
    "parent_task_run_id",
)


class Surroundings(msgspec.Struct, frozen=True):
    """What a process of the pool is told before its first call."""

    argv: list[str]
    is_aliased: bool  # whether `import prefect` gives Headrace
    initializer: bytes  # a pickled pair: what is called first, or None, and its arguments


class Request(msgspec.Struct, frozen=True):
    """One call of a task, for the process that carries it out."""

    run_id: bytes
    task: bytes
    parameters: bytes
    inputs: Inputs
    tags: tuple[str, ...]
    flow_run_id: bytes | None
    flow: bytes | None  # the flow run that it belongs to, where the process has not been told of it yet


class Reply(msgspec.Struct, frozen=True):
    """How the run ended: its state, and what the function came to."""

    state: StateRecord | None  # None where the call could not even be read, which `refusal` tells of
    value: bytes | None = None
    error: bytes | None = None  # with the text of its traceback
    refusal: str | None = None

    def ended(self, run_id: bytes, task: Any) -> Ended:
        """The same as a run of this process ends."""
        assert self.state is not None, "what was refused has not run"
        value, error = None, None
        try:
            if self.value is not None:
                value = loads(self.value)
            if self.error is not None:
                error, told = loads(self.error)
                error.__cause__ = RemoteTraceback(told)
        except Exception as unreadable:  # noqa: BLE001 - whatever a user's `__setstate__` raises
            error = SerializationError(
                f"What task {task.name!r} returned cannot be read in the process of its flow: {described(unreadable)}."
            )
        return Ended(run_id, self.state, value, error)


class RemoteTraceback(Exception):
    """Where an error was raised in another process: the cause of the error that stands for it here."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return f'\n"""\n{self.text}"""'


def pickled(value: Any, what: str) -> bytes:
    """This value as bytes; SerializationError, which begins with `what`, where that cannot be."""
    try:
        return _dumps(value)
    except Exception as error:  # noqa: BLE001 - what a user's `__reduce__` raises, too
        raise SerializationError(f"{what} cannot be pickled ({described(error)}). {_INSTEAD}") from None


def pickled_call(task: Any, task_bytes: bytes | None, parameters: dict[str, Any]) -> tuple[bytes, bytes]:
    """A task, unless that was pickled before, and its parameters; SerializationError names what cannot cross."""
    begin = f"Task {task.name!r} cannot be carried out in another process:"
    if task_bytes is None:
        task_bytes = pickled(task, f"{begin} the task, or what its function refers to,")
    try:
        return task_bytes, _dumps(parameters)
    except Exception:
        for name, value in parameters.items():
            pickled(value, f"{begin} its argument {name!r}, a {type(value).__name__},")
        raise


def pickled_error(error: BaseException) -> bytes:
    """An error with the text of its traceback; where it cannot be read back elsewhere, its type and text as a crash."""
    told = "".join(traceback.format_exception(error))
    error.__cause__ = error.__traceback__ = None
    try:
        written = _dumps((error, told))
        loads(written)
    except Exception:  # noqa: BLE001 - an error whose __init__ takes other arguments than it keeps, or that holds a lock
        return _dumps((CrashedRun(described(error)), told))
    return written


class _FlowElsewhere:
    """Stands for a flow that cannot be pickled: what runs inside of it may ask."""

    task_runner = None
    persist_result = None

    def __init__(self, flow: Any) -> None:
        self.name = flow.name
        self.version = flow.version
        self.description = flow.description
        self.log_prints = flow.log_prints
        self.retries = flow.retries
        self.isasync = flow.isasync
        self.hooks: dict[str, Any] = {}


def pickled_flow(frame: FlowFrame) -> bytes:
    """A flow run as a process needs it that carries out a task of it.

    What of it cannot be pickled is left out: its tasks may never ask for it.
    """
    return _dumps(_flow_values(frame))


def image_of(values: dict[str, Any], session: Any) -> FlowFrame:
    """The flow run of another process, from what `pickled_flow` wrote down."""
    parent = image_of(values.pop("parent"), session) if values["parent"] is not None else None
    frame = FlowFrame(
        flow=values.pop("flow"), run_id=values["run_id"], name=values["name"], parent=parent, session=session
    )
    frame.lineage = Lineage()
    for name in _FLOW_FIELDS:
        setattr(frame, name, values[name])
    return frame


def _flow_values(frame: FlowFrame) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(frame, name) for name in _FLOW_FIELDS}
    values["flow"] = frame.flow if _can_cross(frame.flow) else _FlowElsewhere(frame.flow)
    values["parameters"] = {name: value for name, value in frame.parameters.items() if _can_cross(value)}
    outer: Frame | None = frame.parent.flow_frame if frame.parent is not None else None
    values["parent"] = _flow_values(outer) if outer is not None else None
    return values


def _can_cross(value: Any) -> bool:
    try:
        loads(_dumps(value))
    except Exception:  # noqa: BLE001 - what cannot be copied raises anything
        return False
    return True
