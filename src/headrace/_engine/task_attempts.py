"""The life of a task run of which more is asked than one call: retries, hooks, what an earlier attempt left."""

import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from headrace._engine.calling import call
from headrace._engine.completed_tasks import CompletedTasks, Kept
from headrace._engine.conclusions import CACHED, COMPLETED, Conclusion, conclusion, shown
from headrace._engine.hooks import call_hooks
from headrace._engine.lines import say, say_failure
from headrace._engine.retrying import RetryPolicy, told_retry
from headrace._engine.returning import state_of
from headrace._engine.run_objects import task_run_object
from headrace._engine.signals import termination_raises
from headrace._engine.submissions import interrupted_after
from headrace._engine.task_run import Ended, end, report_state, source_of_items
from headrace._kernel import clock
from headrace._kernel.current import TaskFrame
from headrace._kernel.instants import due_in
from headrace._kernel.late import load
from headrace._kernel.steps import Outcome, Steps, attempt, iterate, pause
from headrace._records import StateRecord
from headrace.logging.loggers import logs_prints, patch_print

__all__ = ["TaskAttempts"]


class TimedAttempt(Protocol):
    """An attempt that has so many seconds."""

    def call(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], made: Callable[[Any], object]
    ) -> Steps[Outcome]:
        """Calls the task's function."""
        ...


OpenTimedAttempt = Callable[[TaskFrame, Callable[[Conclusion], object], bool], TimedAttempt]

_RUNNING: Final = Conclusion("RUNNING", "Running")
_RETRYING: Final = Conclusion("RUNNING", "Retrying")


class TaskAttempts:
    """The attempts of one task run, up to its end; it is the innermost run meanwhile."""

    __slots__ = ("_completed", "_frame", "_is_submitted", "_key", "_overdue", "_retry", "_states")

    def __init__(self, frame: TaskFrame, retry: RetryPolicy | None, created_at: int, is_submitted: bool) -> None:
        self._frame = frame
        self._retry = retry
        self._is_submitted = is_submitted
        self._overdue: StateRecord | None = None  # the last state, where that was reported before the call ended
        self._states = [StateRecord(1, 0, "PENDING", "Pending", created_at)]
        self._completed: CompletedTasks | None = frame.flow_frame.completed if frame.flow_frame is not None else None
        self._key = None
        if self._completed is not None and not frame.task.isgenerator:  # What a generator handed out is not kept.
            self._key = self._completed.key(frame.task.task_key, frame.task.fn, frame.parameters)

    def life(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Ended]:
        """From Pending to the end."""
        if not logs_prints(self._frame):
            return (yield from self._life(args, kwargs))
        with patch_print():
            return (yield from self._life(args, kwargs))

    def _life(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Ended]:
        kept = self._completed.take(self._key) if self._completed is not None and self._key is not None else None
        if kept is not None:
            return (yield from self._end(CACHED, Outcome(kept.value())))
        try:
            outcome = yield from self._attempt(_RUNNING, args, kwargs)
            while (delay := (yield from self._retry_delay(outcome))) is not None:
                yield from self._await_retry(delay)
                self._frame.run_count += 1
                outcome = yield from self._attempt(_RETRYING, args, kwargs)
        except BaseException as interruption:  # noqa: BLE001 - Ctrl-C, a cancellation: the run ends, and says so
            outcome = Outcome(None, interruption)
        ended, outcome = conclusion(outcome, "Task", termination_raises.has_raised)
        if self._completed is not None and self._key is not None and ended is COMPLETED:
            self._completed.keep(self._key, Kept(outcome.value))
        return (yield from self._end(ended, outcome))

    def _attempt(self, entered: Conclusion, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Outcome]:
        task = self._frame.task
        self._move(entered)
        if task.hooks:
            yield from call_hooks(self._frame, self._states, Outcome())
        if task.timeout_seconds is not None:
            timed_attempt: OpenTimedAttempt = load("timed_attempt")
            timed = timed_attempt(self._frame, self._record_overdue, self._is_submitted)
            return (yield from timed.call(task.call, args, kwargs, source_of_items(self._frame)))
        if task.isgenerator:
            return (yield from iterate(task.call, args, kwargs, source_of_items(self._frame)))
        return (yield from attempt(task.call, args, kwargs))

    def _record_overdue(self, ended: Conclusion) -> None:
        self._overdue = report_state(self._frame, len(self._states), ended)
        say(self._frame, logging.ERROR, f"Finished in state {shown(ended)}, though its code has not ended yet")

    def _retry_delay(self, outcome: Outcome) -> Steps[float | None]:
        """How long to wait before the next attempt; None where there is none."""
        retry, frame = self._retry, self._frame
        if retry is None:
            return None
        ended, failed = conclusion(outcome, "Task", termination_raises.has_raised)
        if ended.type != "FAILED" or not retry.has_retries_left(frame.run_count):
            return None
        if frame.task.retry_condition_fn is not None and not (yield from self._condition_holds(ended, failed)):
            return None
        delay = retry.delay_seconds(frame.run_count)
        say(frame, logging.INFO, told_retry("Task", ended, failed, retry, frame.run_count, delay))
        return delay

    def _condition_holds(self, ended: Conclusion, failed: Outcome) -> Steps[bool]:
        """What the user's condition says of a failure; where it raises, the run is not tried again."""
        frame = self._frame
        condition: Any = frame.task.retry_condition_fn
        # The state that the run goes to where it is not tried again.
        record = StateRecord(1, len(self._states), ended.type, ended.name, clock.now(), ended.message)
        state = state_of(Ended(frame.run_id, record, failed.value, failed.error), "task_run_id")
        verdict = yield from call(
            condition, (frame.task, task_run_object(frame, state, [*self._states, record]), state), frame
        )
        if verdict.error is None:
            return bool(verdict.value)
        if not isinstance(verdict.error, Exception):
            raise verdict.error
        say_failure(
            frame, f"The retry_condition_fn of task {frame.task.name!r} raised, so there is no retry", verdict.error
        )
        return False

    def _await_retry(self, delay: float) -> Steps[None]:
        if not delay:
            return
        self._move(Conclusion("SCHEDULED", "AwaitingRetry"), due_in(delay))
        yield from pause(delay)

    def _move(self, entered: Conclusion, details: dict[str, Any] | None = None) -> None:
        self._states.append(report_state(self._frame, len(self._states), entered, details))

    def _end(self, came_to: Conclusion, outcome: Outcome) -> Steps[Ended]:
        if self._overdue is None:
            ended = end(self._frame, len(self._states), came_to, outcome)
        else:
            ended = Ended(self._frame.run_id, self._overdue, outcome.value, outcome.error)
        self._states.append(ended.state)
        if self._frame.task.hooks:
            try:
                yield from call_hooks(self._frame, self._states, outcome)
            except BaseException as interruption:
                interrupted_after(ended, interruption)
                raise
        return ended
