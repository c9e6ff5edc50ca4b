"""The life of a task run: bind, id, Pending, Running, call, its end; all of it reports, which nobody can refuse."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

from headrace._engine.conclusions import Conclusion, conclusion, described, in_words, shown
from headrace._engine.lines import say, say_failure
from headrace._engine.resolving import Inputs, joined, resolved, stand_ins
from headrace._engine.retrying import RetryPolicy
from headrace._engine.session import Session, session_here
from headrace._engine.signals import termination_raises
from headrace._engine.tags import tags_in_force
from headrace._kernel import clock
from headrace._kernel.crashes import repr_of
from headrace._kernel.current import Frame, TaskFrame, innermost
from headrace._kernel.ids import new_id
from headrace._kernel.late import load
from headrace._kernel.leaves import ATOMIC
from headrace._kernel.stand_ins import STAND_INS
from headrace._kernel.steps import Attempt, Outcome, Steps, iterate
from headrace._records import StateRecord, TaskRunCreated, TaskRunMoved, encode
from headrace.exceptions import UnfinishedRun
from headrace.logging.loggers import logs_prints

__all__ = [
    "CallHooks",
    "Ended",
    "edges_into",
    "end",
    "frame_of",
    "received_run",
    "refuse",
    "report_creation",
    "report_state",
    "source_of_items",
    "submitted_run",
    "task_run",
]

_INFO: Final = logging.INFO
_ERROR: Final = logging.ERROR


class Ended:
    """How a run ended: its id, its last state, and what its function came to, a value or an error."""

    __slots__ = ("error", "run_id", "state", "value")

    def __init__(self, run_id: bytes, state: StateRecord, value: Any, error: BaseException | None) -> None:
        self.run_id = run_id
        self.state = state
        self.value = value
        self.error = error

    @property
    def is_interrupted(self) -> bool:
        """Whether the run was ended from without, as by Ctrl-C: that is its caller's matter, too."""
        return self.error is not None and not isinstance(self.error, Exception)

    def take_error(self) -> BaseException:
        """The error, to be raised by the caller: not kept here, where it would form a cycle with the caller's frame."""
        error, self.error = self.error, None
        return error or AssertionError("a run without an error has none to raise")


class TaskAttempts(Protocol):
    """A run of which more is asked than one call."""

    def life(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Ended]:
        """From Pending to its end."""
        ...


CallHooks = Callable[[Frame, Sequence[StateRecord], Outcome], Steps[None]]
"""Calls the hooks of the last of a run's states so far."""

OpenTaskAttempts = Callable[[TaskFrame, RetryPolicy | None, int, bool], TaskAttempts]


def task_run(task: Any, args: tuple[Any, ...], kwargs: dict[str, Any], upstream: Any = None) -> Steps[Ended]:
    """Runs `task` with these arguments. `upstream` is what the caller said to wait for: its makers become edges."""
    try:
        parameters = task.binder.bind(*args, **kwargs)
    except TypeError:
        parameters = task.binder.bound(args, kwargs)  # It says what does not fit.
    return _life(task, new_id(), parameters, args, kwargs, upstream)


def submitted_run(task: Any, run_id: bytes, parameters: dict[str, Any], upstream: Any, inputs: Inputs) -> Steps[Ended]:
    """Runs `task` some time after its caller asked for it, who knew these edges into it."""
    args, kwargs = task.binder.call_arguments(parameters)
    return _life(task, run_id, parameters, args, kwargs, upstream, inputs)


def received_run(task: Any, run_id: bytes, parameters: dict[str, Any], inputs: Inputs) -> Steps[Ended]:
    """Runs `task` for another process, which has resolved these parameters, and drawn all edges."""
    args, kwargs = task.binder.call_arguments(parameters)
    return _life(task, run_id, parameters, args, kwargs, None, inputs, is_resolved=True)


def frame_of(task: Any, run_id: bytes) -> TaskFrame:
    """A run of `task` that begins here."""
    parent = innermost.get()
    session = parent.session if parent is not None else session_here()
    flow_frame = parent.flow_frame if parent is not None else None
    frame = TaskFrame(task, run_id, f"{task.name}-{run_id[-2:].hex()[1:]}", flow_frame, parent, session)
    in_force = tags_in_force.get()
    frame.tags = tuple(sorted(in_force | task.tags)) if in_force else task.tag_tuple
    return frame


def _life(
    task: Any,
    run_id: bytes,
    parameters: dict[str, Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    upstream: Any,
    known_inputs: Inputs | None = None,
    is_resolved: bool = False,
) -> Steps[Ended]:
    frame = frame_of(task, run_id)
    parent, flow_frame, session = frame.parent, frame.flow_frame, frame.session
    if known_inputs is not None and flow_frame is not None:
        # It is its flow run's, and does not end with the attempt of a task that submitted it.
        frame.session = session = flow_frame.session
    given_inputs: Inputs = ()
    if (
        STAND_INS
        and (upstream is not None or not ATOMIC.issuperset(map(type, parameters.values())))
        and not is_resolved
        and (found := stand_ins(parameters, upstream))
    ):
        given = yield from resolved(found, parameters)
        if given.not_ready is not None:
            frame.parameters = parameters
            return (yield from refuse(frame, given.inputs, given.not_ready, UnfinishedRun(given.not_ready.message)))
        parameters, given_inputs = given.parameters, given.inputs
        args, kwargs = task.binder.call_arguments(parameters)
    frame.parameters = parameters
    inputs = known_inputs if known_inputs is not None else edges_into(parent, parameters, upstream)
    if task.run_namer is not None and (refusal := _name(frame, parent)) is not None:
        unnamed = Conclusion("FAILED", "Failed", f"The task run was not started. {described(refusal)}")
        return (yield from refuse(frame, inputs, unnamed, refusal))
    live = session.live
    if live is not None:
        live[run_id] = partial(_cut_off, frame)
    at = clock.now()
    report_creation(frame, joined(given_inputs, inputs) if given_inputs else inputs, at)

    innermost.set(frame)
    try:
        if (
            task.retry is not None
            or task.hooks
            or task.log_prints
            or task.timeout_seconds is not None
            or (logs_prints(frame) if flow_frame is None else flow_frame.completed is not None)
        ):
            attempts: OpenTaskAttempts = load("task_attempts")
            ended = yield from attempts(frame, task.retry, at, known_inputs is not None).life(args, kwargs)
        else:
            session.stream.report(encode(TaskRunMoved(run_id, StateRecord(1, 1, "RUNNING", "Running", at))))
            if task.isgenerator:
                outcome: Outcome = yield from iterate(task.call, args, kwargs, source_of_items(frame))
            else:
                outcome = yield Attempt(task.call, args, kwargs)
            ended = end(frame, 2, *conclusion(outcome, "Task", termination_raises.has_raised))
    finally:
        if innermost.get() is frame:  # See flow_run.py: a coroutine may be closed in another context.
            innermost.set(parent)
        if live is not None:
            live.pop(run_id, None)

    if flow_frame is not None and ended.error is None:
        flow_frame.lineage.remember(ended.value, run_id)
    return ended


def _name(frame: TaskFrame, parent: Frame | None) -> Exception | None:
    """Gives the run the name that its task's namer makes, inside of the run; or says why there is none."""
    innermost.set(frame)
    try:
        frame.name = frame.task.run_namer.name(frame.parameters)
    except Exception as error:  # noqa: BLE001 - the user's template or function: the run fails with it
        return error
    finally:
        innermost.set(parent)
    return None


def refuse(frame: TaskFrame, inputs: Inputs, ended: Conclusion, error: Exception) -> Steps[Ended]:
    """Ends a run that may not start: it was never Running."""
    frame.run_count = 0
    report_creation(frame, inputs, clock.now())
    state = report_state(frame, 1, ended)
    _say_end(frame, ended, Outcome(None, None if ended.type == "PENDING" else error))
    if frame.task.hooks:
        call_hooks: CallHooks = load("call_hooks")
        yield from call_hooks(frame, [state], Outcome(None, error))
    return Ended(frame.run_id, state, None, error)


def edges_into(parent: Frame | None, parameters: dict[str, Any], upstream: Any) -> Inputs:
    """The edges into a run: the makers of its arguments and of what it waits for, and the task that calls it."""
    flow_frame = parent.flow_frame if parent is not None else None
    inputs = flow_frame.lineage.inputs(parameters) if flow_frame is not None else ()
    if upstream is not None and flow_frame is not None:
        inputs += flow_frame.lineage.inputs({"wait_for": upstream})
    if type(parent) is TaskFrame:
        inputs += (("__parents__", (parent.run_id,)),)
    return inputs


def report_creation(frame: TaskFrame, inputs: Inputs, at: int) -> None:
    """Reports that the run exists, and is Pending."""
    task, flow_frame = frame.task, frame.flow_frame
    frame.session.stream.report(
        encode(
            TaskRunCreated(
                frame.run_id,
                flow_frame.run_id if flow_frame is not None else None,
                frame.name,
                task.task_key,
                StateRecord(1, 0, "PENDING", "Pending", at),
                frame.tags,
                inputs,
                None,
                task.version,
            )
        )
    )


def report_state(
    frame: TaskFrame, ordinal: int, moved: Conclusion, details: dict[str, Any] | None = None
) -> StateRecord:
    """Reports that the run went to a state, its `ordinal`-th behind Pending."""
    state = StateRecord(1, ordinal, moved.type, moved.name, clock.now(), moved.message, details)
    frame.ordinal = ordinal
    frame.session.stream.report(encode(TaskRunMoved(frame.run_id, state)))
    return state


def _cut_off(frame: TaskFrame, session: Session, ended: Conclusion) -> None:
    """Ends a run that nobody waits for any more; see severing.py."""
    state = StateRecord(1, frame.ordinal + 1, ended.type, ended.name, clock.now(), ended.message)
    session.stream.report(encode(TaskRunMoved(frame.run_id, state)))


def end(frame: TaskFrame, ordinal: int, ended: Conclusion, outcome: Outcome) -> Ended:
    """Reports the last state of the run, and says it."""
    state = report_state(frame, ordinal, ended)
    _say_end(frame, ended, outcome)
    return Ended(frame.run_id, state, outcome.value, outcome.error)


def _say_end(frame: TaskFrame, ended: Conclusion, outcome: Outcome) -> None:
    """Says in the run's log how it ended, and why where it did not end well."""
    if outcome.error is not None:
        say_failure(frame, f"Task run {in_words(ended)}: {repr_of(outcome.error)}", outcome.error)
    say(frame, _INFO if ended.type == "COMPLETED" else _ERROR, f"Finished in state {shown(ended)}")


def source_of_items(frame: TaskFrame) -> Callable[[Any], object]:
    """What is done with each item of a generator: handed to another task, it is an edge from this run."""
    flow_frame, run_id = frame.flow_frame, frame.run_id
    return lambda item: flow_frame.lineage.remember(item, run_id) if flow_frame is not None else None
