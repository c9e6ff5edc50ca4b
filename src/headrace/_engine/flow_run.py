"""The life of a flow run: user code between a begin and a conclusion, each a proposal that awaits its verdict."""

import itertools
import logging
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, Final, Protocol

from headrace._engine.conclusions import Conclusion, conclusion, described, in_words, shown
from headrace._engine.lineage import Lineage
from headrace._engine.lines import say, say_beginning, say_failure
from headrace._engine.parameters import snapshot
from headrace._engine.resolving import Given, Inputs, joined, may_hold_futures, resolved, stand_ins
from headrace._engine.session import Session, session_here
from headrace._engine.signals import termination_raises
from headrace._engine.tags import tags_in_force
from headrace._engine.task_run import CallHooks, Ended, edges_into
from headrace._kernel import clock
from headrace._kernel.crashes import is_cancelled_from_without, repr_of, text_of
from headrace._kernel.current import FlowFrame, innermost, running
from headrace._kernel.ids import id_text, new_id, task_run_of
from headrace._kernel.late import load
from headrace._kernel.names import generated_name
from headrace._kernel.stand_ins import STAND_INS
from headrace._kernel.steps import Outcome, Steps, attempt, block, iterate
from headrace._kernel.tracebacks import strip
from headrace._records import (
    CHILD_FLOW_RUN,
    FlowRunBegun,
    FlowRunConcluded,
    FlowRunMoved,
    StateRecord,
    TaskRunCreated,
    TaskRunMoved,
    encode,
)
from headrace._stream import Verdict
from headrace.exceptions import Abort, CancelledRun, UnfinishedRun
from headrace.logging.loggers import logs_prints, patch_print

__all__ = ["Call", "Move", "flow_run", "submitted_flow_run"]

Move = Callable[[Conclusion, dict[str, Any] | None], Steps[bool]]
"""Proposes a state that is not the run's last, with details; tells whether the run may go there."""

Call = Callable[[], Steps[Outcome]]
"""Calls the flow's function with the run's arguments."""

OpenRunner = Callable[[FlowFrame], object]
OpenTimedAttempt = Callable[[FlowFrame, Callable[[Conclusion], object], bool], "TimedAttempt"]
Settled = Callable[[FlowFrame, Outcome], Steps[Outcome]]
FlowAttempts = Callable[[FlowFrame, Move, Call, Outcome], Steps[Outcome]]

_PENDING: Final = 0
_RUNNING: Final = 1
_NOT_PATCHED: Final = nullcontext()


def flow_run(flow: Any, args: tuple[Any, ...], kwargs: dict[str, Any], upstream: Any = None) -> Steps[Ended]:
    """Runs `flow` with these arguments, as a child where another run is running here."""
    return _life(flow, new_id(), flow.binder.bound(args, kwargs), upstream)


def submitted_flow_run(
    flow: Any, run_id: bytes, parameters: dict[str, Any], upstream: Any, inputs: Inputs
) -> Steps[Ended]:
    """Runs `flow` some time after its caller asked for it, who knew these edges into it."""
    return _life(flow, run_id, parameters, upstream, inputs)


def _life(
    flow: Any, run_id: bytes, parameters: dict[str, Any], upstream: Any, known_inputs: Inputs | None = None
) -> Steps[Ended]:
    given = None
    if STAND_INS and (found := stand_ins(parameters, upstream)):
        given = yield from resolved(found, parameters)
        parameters = given.parameters
    parent = innermost.get()
    # One that was submitted is its flow run's, and does not end with the attempt of a task that submitted it.
    session = session_here(parent.flow_frame if parent is not None and known_inputs is not None else parent)
    frame = FlowFrame(flow=flow, run_id=run_id, name=generated_name(), parent=parent, session=session)
    frame.parameters = parameters
    frame.lineage = Lineage()
    frame.log_prints = logs_prints(frame)
    if flow.retry is not None:
        frame.completed = load("completed_tasks")()
    frame.started_at = clock.now()
    frame.tags = tuple(sorted(tags_in_force.get()))
    frame.cancellation = load("cancellation")()
    run = _FlowRun(frame, session, is_submitted=known_inputs is not None)
    live = session.live
    if live is not None:
        live[frame.run_id] = run.cut_off
    running[frame.run_id] = frame
    try:
        return (yield from _lived(run, upstream, given, known_inputs))
    finally:
        del running[frame.run_id]
        if live is not None:
            live.pop(frame.run_id, None)


def _lived(run: "_FlowRun", upstream: Any, given: Given | None, known_inputs: Inputs | None) -> Steps[Ended]:
    frame, flow, parent = run.frame, run.frame.flow, run.frame.parent
    if parent is not None and parent.flow_frame is not None:
        inputs = known_inputs if known_inputs is not None else edges_into(parent, frame.parameters, upstream)
        run.open_parent_task(parent.flow_frame, joined(given.inputs, inputs) if given is not None else inputs)
    if given is not None and given.not_ready is not None:
        return run.leave(given.not_ready)
    try:
        if flow.should_validate_parameters:
            frame.parameters = flow.validator.validate(frame.parameters)
        if flow.run_namer is not None:
            _name(frame)
    except Exception as error:  # noqa: BLE001 - a refusal, or what a validator or a namer of the user raised
        frame.parameters = flow.validator.concealed(frame.parameters)
        return (yield from run.refuse(error))
    try:
        yield from run.begin()
    except Abort as refusal:
        run.give_up(refusal)
        raise
    except BaseException as interruption:  # noqa: BLE001 - it came before user code, and is this run's end all the same
        return (yield from run.conclude(Outcome(None, interruption)))
    with termination_raises, patch_print() if frame.log_prints else _NOT_PATCHED:
        call_args, call_kwargs = flow.binder.call_arguments(frame.parameters)
        innermost.set(frame)
        try:
            call = partial(run.call, call_args, call_kwargs)
            outcome = yield from call()
            if flow.retry is not None:
                flow_attempts: FlowAttempts = load("flow_attempts")
                outcome = yield from flow_attempts(frame, run.move, call, outcome)
        finally:
            # A coroutine that is collected unfinished is closed in the context of whoever collects: let that be.
            if innermost.get() is frame:
                innermost.set(parent)
        return (yield from run.conclude(outcome))


def _name(frame: FlowFrame) -> None:
    """Gives the run the name that its flow's namer makes, inside of the run."""
    innermost.set(frame)
    try:
        frame.name = frame.flow.run_namer.name(frame.parameters)
    finally:
        innermost.set(frame.parent)


class TimedAttempt(Protocol):
    """An attempt that has so many seconds; see timeouts.py."""

    @property
    def frame(self) -> FlowFrame: ...
    def call(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], made: Callable[[Any], object]
    ) -> Steps[Outcome]: ...
    def settled(self, outcome: Outcome) -> Steps[Outcome]: ...


class _FlowRun:
    """The reports and proposals of one flow run, in the order of its life."""

    __slots__ = ("_is_submitted", "_overdue", "frame", "ordinal", "parent_ordinal", "session", "states")

    def __init__(self, frame: FlowFrame, session: Session, *, is_submitted: bool) -> None:
        self.frame = frame
        self.session = session
        self.ordinal = _PENDING
        self.parent_ordinal = 0
        self._is_submitted = is_submitted
        self._overdue: StateRecord | None = None  # the last state, where that was reported before the call ended
        self.states = [StateRecord(1, _PENDING, "PENDING", "Pending", frame.started_at)]

    def open_parent_task(self, outer: FlowFrame, inputs: Inputs) -> None:
        """A subflow is a task run of its parent, so that the parent's graph shows it."""
        frame, flow = self.frame, self.frame.flow
        frame.parent_task_run_id = task_run_of(frame.run_id)
        count = next(outer.child_counts.setdefault(flow.name, itertools.count()))  # tasks may call it side by side
        state = StateRecord(1, 0, "PENDING", "Pending", frame.started_at, details=self._child_details())
        created = TaskRunCreated(
            frame.parent_task_run_id,
            outer.run_id,
            f"{flow.name}-{count}",
            flow.task_key,
            state,
            frame.tags,
            inputs=inputs,
            dynamic_key=str(count),
        )
        self.session.stream.report(encode(created))

    def leave(self, not_ready: Conclusion) -> Ended:
        """Ends what the parent's graph shows of a run whose upstream failed: it never began, and is none."""
        self._move_parent_task(not_ready)
        state = StateRecord(1, _RUNNING, not_ready.type, not_ready.name, clock.now(), not_ready.message)
        return Ended(self.frame.run_id, state, None, UnfinishedRun(not_ready.message))

    def begin(self) -> Steps[None]:
        """Proposes Running. Abort where the control plane says that this run must not go on."""
        frame = self.frame
        self._move_parent_task(Conclusion("RUNNING", "Running"))
        self.ordinal = _RUNNING
        running = StateRecord(1, _RUNNING, "RUNNING", "Running", clock.now())
        self.states.append(running)
        begun = self._begun()
        verdict = yield from self._propose(begun, running)
        if verdict is not None:
            frame.flow_id = verdict.flow_id
            if verdict.state is None:  # The store can never take this run: that is no reason not to run it.
                say(frame, logging.WARNING, f"This run is not recorded: {verdict.reason}")
            elif verdict.status != "ACCEPT":
                raise Abort(f"Flow run {frame.name!r} may not run: {verdict.reason or verdict.status}")
        say_beginning(self.frame)

    def call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Outcome]:
        """Calls the hooks of the state Running, then the flow's function; waits for all that it submits."""
        flow, timed = self.frame.flow, self._timed_attempt()
        frame = self.frame if timed is None else timed.frame
        frame.runner, frame.is_over = None, False
        try:
            yield from self._call_hooks(Outcome())
            if flow.given_task_runner is not None:
                open_runner: OpenRunner = load("open_runner")
                open_runner(frame)
        except BaseException as interruption:  # noqa: BLE001 - it came before user code, and is this attempt's end
            return Outcome(None, interruption)
        if flow.isgenerator:
            if timed is not None:  # It is cancelled when it has ended.
                outcome = yield from timed.call(flow.call, args, kwargs, self.made)
            else:
                outcome = yield from iterate(self._cancellable_items, args, kwargs, self.made)
        else:
            fn = self._cancellable(flow.call, flow.isasync)
            call = attempt(fn, args, kwargs) if timed is None else timed.call(fn, args, kwargs, self.made)
            outcome = yield from call
        if timed is not None:
            outcome = yield from timed.settled(outcome)
        elif frame.runner is not None or may_hold_futures():
            settled: Settled = load("settled")
            outcome = yield from settled(frame, outcome)
        frame.is_over = True
        return outcome

    def _cancellable(self, fn: Callable[..., Any], is_async: bool) -> Callable[..., Any]:
        cancellation = self.frame.cancellation
        limited: Callable[..., Any] = cancellation.await_ if is_async else cancellation.call
        return lambda *args, **kwargs: limited(fn, args, kwargs)

    def _cancellable_items(self, *args: Any, **kwargs: Any) -> Any:
        flow, limited_steps = self.frame.flow, load("limited_steps")
        return limited_steps(flow.call(*args, **kwargs), flow.isasync, self._cancellable)

    def _timed_attempt(self) -> TimedAttempt | None:
        """The attempt that begins, where it has so many seconds."""
        if self.frame.flow.timeout_seconds is None:
            return None
        open_attempt: OpenTimedAttempt = load("timed_attempt")
        return open_attempt(self.frame, self._record_overdue, self._is_submitted)

    def _record_overdue(self, ended: Conclusion) -> None:
        """Reports the end of the run before its function has ended; it is proposed as ever when that has."""
        self._overdue = self._ended_state(ended)
        self.session.stream.report(encode(FlowRunConcluded(self.frame.run_id, self._overdue)))
        say(self.frame, logging.ERROR, f"Finished in state {shown(ended)}, though its code has not ended yet")

    def _ended_state(self, ended: Conclusion) -> StateRecord:
        return StateRecord(self.frame.attempt, self.ordinal + 1, ended.type, ended.name, clock.now(), ended.message)

    def move(self, moved: Conclusion, details: dict[str, Any] | None = None) -> Steps[bool]:
        """Proposes a state that is not the last one; whether the run may go there."""
        self.ordinal += 1
        state = StateRecord(
            self.frame.attempt, self.ordinal, moved.type, moved.name, clock.now(), moved.message, details
        )
        verdict = yield from self._propose(encode(FlowRunMoved(self.frame.run_id, state)), state)
        is_accepted = verdict is None or verdict.state is None or verdict.status == "ACCEPT"
        if is_accepted:
            self.states.append(state)
            self._move_parent_task(moved, details)
        return is_accepted

    def refuse(self, error: Exception) -> Steps[Ended]:
        """Ends a run whose parameters are not valid: it is Failed, and was never Running."""
        self.session.stream.report(self._begun())
        self.frame.run_count = 0
        ended = Conclusion("FAILED", "Failed", f"The flow run was not started. {described(error)}")
        told = [text_of(error) or described(error), *getattr(error, "__notes__", ())]
        say(self.frame, logging.ERROR, "\n".join(told))
        return (yield from self._propose_end(ended, Outcome(None, error)))

    def conclude(self, outcome: Outcome) -> Steps[Ended]:
        """Proposes the state that the function's outcome calls for, and releases what the run held."""
        if self.frame.cancellation.has_passed:
            ended, outcome = self._cancelled(outcome, self.frame.cancellation.message)
        else:
            ended, outcome = conclusion(outcome, "Flow", termination_raises.has_raised)
        if outcome.error is not None:
            strip(outcome.error)
        if outcome.error is not None and ended.type != "CANCELLED":
            say_failure(self.frame, f"Flow run {in_words(ended)}: {repr_of(outcome.error)}", outcome.error)
        self.frame.lineage.forget()
        if self.frame.completed is not None:
            self.frame.completed.forget()
        return (yield from self._propose_end(ended, outcome))

    def _cancelled(self, outcome: Outcome, message: str | None) -> tuple[Conclusion, Outcome]:
        """The end of a run that somebody has cancelled, and what its caller gets."""
        error = outcome.error
        if error is None or isinstance(error, Exception) or is_cancelled_from_without(error):
            cancelled = CancelledRun(f"Flow run {self.frame.name!r} was cancelled. {message or ''}".rstrip())
            outcome = Outcome(None, cancelled.with_traceback(error.__traceback__ if error is not None else None))
        return Conclusion("CANCELLED", "Cancelled", message), outcome

    def give_up(self, refusal: Abort) -> None:
        """Ends what the parent's graph shows of a run that the control plane refused."""
        self._move_parent_task(Conclusion("CRASHED", "Crashed", str(refusal)))

    def cut_off(self, session: Session, ended: Conclusion) -> None:
        """Ends a run that nobody waits for any more; see severing.py."""
        if self.ordinal > _PENDING:
            state = self._ended_state(ended)
            session.stream.report(encode(FlowRunConcluded(self.frame.run_id, state)))
        self._move_parent_task(ended, session=session)

    def made(self, value: Any) -> None:
        """Notes a result of this run, or an item of a generator: handed to a task, it is an edge in the parent."""
        frame = self.frame
        if frame.parent is not None and frame.parent.flow_frame is not None and frame.parent_task_run_id is not None:
            frame.parent.flow_frame.lineage.remember(value, frame.parent_task_run_id)

    def _begun(self) -> bytes:
        frame = self.frame
        begun = FlowRunBegun(
            frame.run_id,
            frame.attempt,
            frame.flow.name,
            frame.name,
            frame.started_at,
            tuple(self.states),
            snapshot(frame.flow.binder.given(frame.parameters)),
            frame.tags,
            frame.parent_task_run_id,
            frame.flow.version,
        )
        return encode(begun)

    def _propose_end(self, ended: Conclusion, outcome: Outcome) -> Steps[Ended]:
        frame = self.frame
        state = self._overdue or self._ended_state(ended)
        self.ordinal += 1
        encoded = encode(FlowRunConcluded(frame.run_id, state))
        try:
            say(
                frame, logging.INFO if ended.type == "COMPLETED" else logging.ERROR, f"Finished in state {shown(ended)}"
            )
            verdict = yield from self._ask(encoded, state)
        except BaseException:
            # Ctrl-C, in the line as well: what the run came to stays what it came to. Told twice, it is one.
            self.session.stream.report(encoded)
            self._move_parent_task(ended)
            raise
        is_imposed = False
        if verdict is not None and verdict.status == "REJECT" and verdict.state is not None:
            state, is_imposed = verdict.state, True
            say(frame, logging.WARNING, f"The state of this run is {state.name}: {verdict.reason}")
            if state.type == "CANCELLED":
                outcome = self._cancelled(outcome, state.message)[1]
        self._move_parent_task(Conclusion(state.type, state.name, state.message))
        if outcome.error is None:
            self.made(outcome.value)
        self.states.append(state)
        is_from_without = is_imposed or frame.cancellation.has_passed or is_cancelled_from_without(outcome.error)
        if is_from_without or state.type != "CANCELLED":  # A run that says so itself was not cancelled by anyone.
            yield from self._call_hooks(outcome)
        return Ended(frame.run_id, state, outcome.value, outcome.error)

    def _call_hooks(self, outcome: Outcome) -> Steps[None]:
        if self.frame.flow.hooks:
            call_hooks: CallHooks = load("call_hooks")
            yield from call_hooks(self.frame, self.states, outcome)

    def _propose(self, encoded: bytes, state: StateRecord) -> Steps[Verdict | None]:
        try:
            return (yield from self._ask(encoded, state))
        except BaseException:
            # Ctrl-C or a cancellation, while it was being told or before: told twice, it is one.
            self.session.stream.report(encoded)
            raise

    def _ask(self, encoded: bytes, state: StateRecord) -> Steps[Verdict | None]:
        stream, key = self.session.stream, (self.frame.run_id, state.attempt, state.ordinal)
        return (yield from block(lambda: stream.propose(encoded, key)))

    def _move_parent_task(
        self, moved: Conclusion, details: dict[str, Any] | None = None, session: Session | None = None
    ) -> None:
        run_id = self.frame.parent_task_run_id
        if run_id is None:
            return
        self.parent_ordinal += 1
        details = {**self._child_details(), **(details or {})}
        state = StateRecord(1, self.parent_ordinal, moved.type, moved.name, clock.now(), moved.message, details)
        (session or self.session).stream.report(encode(TaskRunMoved(run_id, state)))

    def _child_details(self) -> dict[str, Any]:
        return {CHILD_FLOW_RUN: id_text(self.frame.run_id)}
