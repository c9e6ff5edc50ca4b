"""Which run the code at hand belongs to: one context variable holds the innermost run's frame.

Frames are what the engine carries while user code runs; `headrace.context` and `headrace.runtime` show them to users.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, final

__all__ = [
    "FlowFrame",
    "Frame",
    "TaskFrame",
    "current_flow",
    "current_task",
    "innermost",
    "runnable_of",
    "running",
    "twin_of",
]


@final
class FlowFrame:
    """A flow run that is running in this process."""

    __slots__ = (
        "__weakref__",
        "attempt",
        "cancellation",
        "child_counts",
        "completed",
        "flow",
        "flow_id",
        "is_over",
        "lineage",
        "log_prints",
        "logger",
        "name",
        "parameters",
        "parent",
        "parent_task_run_id",
        "run_count",
        "run_id",
        "runner",
        "session",
        "started_at",
        "tags",
    )

    def __init__(self, *, flow: Any, run_id: bytes, name: str, parent: "Frame | None", session: Any) -> None:
        self.flow = flow
        self.run_id = run_id
        self.name = name
        self.parent = parent
        self.session = session
        self.attempt = 1
        self.run_count = 1
        self.parameters: dict[str, Any] = {}
        self.tags: tuple[str, ...] = ()
        self.child_counts: dict[str, Iterator[int]] = {}
        self.parent_task_run_id: bytes | None = None
        self.flow_id: bytes | None = None
        self.started_at = 0
        self.lineage: Any = None
        self.cancellation: Any = None  # by which somebody can cancel it: see deadlines.py
        self.completed: Any = None  # what its tasks came to, kept where the flow has retries
        self.is_over = False  # whether its function has returned, and all that it submitted has ended
        self.runner: Any = None  # the task runner, once there is one
        self.logger: Any = None
        self.log_prints = False

    @property
    def flow_frame(self) -> "FlowFrame":
        """Itself: the flow run that work started here belongs to."""
        return self


@final
class TaskFrame:
    """A task run that is running in this process."""

    __slots__ = (
        "__weakref__",
        "flow_frame",
        "logger",
        "name",
        "ordinal",
        "parameters",
        "parent",
        "run_count",
        "run_id",
        "session",
        "tags",
        "task",
    )

    def __init__(
        self, task: Any, run_id: bytes, name: str, flow_frame: FlowFrame | None, parent: "Frame | None", session: Any
    ) -> None:
        self.task = task
        self.run_id = run_id
        self.name = name
        self.flow_frame = flow_frame
        self.parent = parent
        self.session = session
        self.run_count = 1
        self.ordinal = 1  # of the state that it is in, Running or one behind it
        self.tags: tuple[str, ...] = ()
        self.parameters: dict[str, Any] = {}
        self.logger: Any = None


Frame = FlowFrame | TaskFrame

innermost: ContextVar[Frame | None] = ContextVar("headrace_run", default=None)

running: dict[bytes, FlowFrame] = {}
"""The flow runs that are running in this process, by their ids: whom a directive of the control plane is for."""


def twin_of(frame: Frame, session: Any) -> Frame:
    """Another frame of the same run, which reports to another session."""
    twin: Any = object.__new__(type(frame))
    for name in type(frame).__slots__:
        if name != "__weakref__":
            setattr(twin, name, getattr(frame, name))
    twin.session = session
    twin.logger = None  # It leads to the frame that it was made for.
    return twin


def runnable_of(frame: Frame) -> Any:
    """The flow or task that `frame` is a run of."""
    return frame.task if type(frame) is TaskFrame else frame.flow


def current_flow() -> FlowFrame | None:
    """The flow run that the code at hand belongs to, also from within one of its tasks."""
    frame = innermost.get()
    return frame.flow_frame if frame is not None else None


def current_task() -> TaskFrame | None:
    """The task run that the code at hand belongs to; None directly in a flow."""
    frame = innermost.get()
    return frame if type(frame) is TaskFrame else None
