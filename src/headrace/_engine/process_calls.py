"""Calls that other processes carry out: what of a task run the flow's process does, and what it makes of the end."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from headrace._engine.completed_tasks import CompletedTasks, Kept
from headrace._engine.conclusions import CACHED, COMPLETED, Conclusion, conclusion, described, shown
from headrace._engine.lines import say
from headrace._engine.process_crew import Crew, Interrupted, ProcessDied
from headrace._engine.process_pickles import Request, Surroundings, pickled, pickled_call, pickled_flow
from headrace._engine.resolving import Inputs, joined, resolved, stand_ins
from headrace._engine.session import session_here
from headrace._engine.submissions import Submission, dismissed, failed_here
from headrace._engine.tags import tags_in_force
from headrace._engine.task_run import Ended, end, frame_of, refuse, report_creation
from headrace._engine.timeouts import timed_out
from headrace._kernel import clock
from headrace._kernel.current import FlowFrame, TaskFrame, innermost
from headrace._kernel.drive import run
from headrace._kernel.stand_ins import STAND_INS
from headrace._kernel.steps import Outcome
from headrace._records import PRESUMED, StateRecord, TaskRunMoved, decode_record, encode
from headrace.exceptions import CancelledRun, CrashedRun, FailedRun, MissingResult, SerializationError
from headrace.settings import get_current_settings

__all__ = ["Pooled", "PooledSubmission"]

_ERRORS: Final = {
    "COMPLETED": MissingResult,
    "FAILED": FailedRun,
    "CRASHED": CrashedRun,
    "CANCELLED": CancelledRun,
}
"""What stands for the result of a run that came to such a state, and told nobody what it returned or raised."""


class Pooled:
    """The processes of a task runner, and what they are told of its flow run."""

    def __init__(self, initializer: Callable[..., object] | None, initargs: tuple[Any, ...]) -> None:
        first = pickled((initializer, initargs), "The initializer of the task runner, or its arguments,")
        settings = get_current_settings().to_environment_variables(exclude_unset=True)
        # A terminal has room for the bars of one process.
        environment = {**os.environ, **settings, "HEADRACE_LOGGING_PROGRESS": "false"}
        self._recording = session_here(innermost.get()).recording
        parent_id = self._recording.journal_id if self._recording is not None else b""
        self._crew = Crew(Surroundings(sys.argv, _is_aliased(), first), environment, parent_id)
        self._flows: dict[bytes, bytes] = {}

    def submission(
        self, task: Any, parameters: Callable[[int], dict[str, Any]], upstream: Any, inputs: Inputs
    ) -> "PooledSubmission":
        """What is asked of these processes by one `submit` or `map`."""
        return PooledSubmission(self, task, parameters, upstream, inputs)

    def carry_out(self, request: Request, frame: FlowFrame | None) -> Any:
        """See Crew.carry_out."""
        flow = None
        if frame is not None and (flow := self._flows.get(frame.run_id)) is None:
            flow = self._flows[frame.run_id] = pickled_flow(frame)
        return self._crew.carry_out(request, flow)

    def interrupt(self) -> None:
        """See Crew.interrupt."""
        self._crew.interrupt()

    def kill(self) -> None:
        """See Crew.kill."""
        self._crew.kill()

    def close(self) -> None:
        """See Crew.close. What the processes could not store is stored before whatever this one reports from now on."""
        self._crew.close()
        if self._recording is not None:
            for journal_id in self._crew.journal_ids:  # Of a process that has ended in order nothing is left.
                self._recording.recover(journal_id, "The process of the task runner ended before this run did.")

    def recover(self, death: ProcessDied, run_id: bytes) -> StateRecord | None:
        """Stores what a process reported that has died; returns the last state that it told of this run."""
        states: list[StateRecord] = []

        def heed(encoded: bytes) -> None:
            if run_id in encoded and type(told := decode_record(encoded)) is TaskRunMoved and told.run_id == run_id:
                states.append(told.state)

        if self._recording is not None and death.journal_id:
            self._recording.recover(death.journal_id, str(death), heed)
        return states[-1] if states else None


class PooledSubmission(Submission):
    """A submission whose runs are carried out by other processes."""

    __slots__ = ("_pooled", "_task_bytes")

    def __init__(
        self,
        pooled: Pooled,
        task: Any,
        parameters: Callable[[int], dict[str, Any]],
        upstream: Any,
        inputs: Inputs = (),
    ) -> None:
        super().__init__(task, parameters, upstream, inputs)
        self._pooled = pooled
        self._task_bytes: bytes | None = None  # as it is at the first of the calls

    def _run(self, run_id: bytes, parameters: dict[str, Any], inputs: Inputs) -> Ended:
        try:
            return self._handed_over(run_id, parameters, inputs)
        except BaseException as error:  # noqa: BLE001 - the thread goes on, and whoever waits is told
            return failed_here(run_id, error)

    def _handed_over(self, run_id: bytes, parameters: dict[str, Any], inputs: Inputs) -> Ended:
        found = stand_ins(parameters, self._upstream) if STAND_INS else []
        if found:
            given = run(resolved(found, parameters))
            if given.not_ready is not None:
                return super()._run(run_id, parameters, inputs)
            parameters, inputs = given.parameters, joined(given.inputs, inputs)
        frame = frame_of(self.runnable, run_id)
        frame.parameters = parameters
        flow_frame = frame.flow_frame
        completed: CompletedTasks | None = flow_frame.completed if flow_frame is not None else None
        if completed is None or self.runnable.isgenerator:
            ended = self._carried_out(frame, inputs)
        else:
            ended = self._carried_out_once(frame, inputs, completed)
        if flow_frame is not None and ended.error is None:
            flow_frame.lineage.remember(ended.value, run_id)
        return ended

    def _carried_out_once(self, frame: TaskFrame, inputs: Inputs, completed: CompletedTasks) -> Ended:
        """Carries the run out, unless it completed in an earlier attempt of its flow run."""
        key = completed.key(self.runnable.task_key, self.runnable.fn, frame.parameters)
        if key is not None and (kept := completed.take(key)) is not None:
            report_creation(frame, inputs, clock.now())
            return end(frame, 1, CACHED, Outcome(kept.value()))
        ended = self._carried_out(frame, inputs)
        if key is not None and ended.error is None and ended.state.name == COMPLETED.name:
            completed.keep(key, Kept(ended.value))
        return ended

    def _carried_out(self, frame: TaskFrame, inputs: Inputs) -> Ended:
        try:
            self._task_bytes, parameters = pickled_call(self.runnable, self._task_bytes, frame.parameters)
        except SerializationError as error:
            return _refused(frame, inputs, error)
        flow_frame = frame.flow_frame
        request = Request(
            frame.run_id,
            self._task_bytes,
            parameters,
            inputs,
            tuple(tags_in_force.get()),
            flow_frame.run_id if flow_frame is not None else None,
            None,
        )
        try:
            reply = self._pooled.carry_out(request, flow_frame)
        except Interrupted:
            return dismissed(frame.run_id)
        except ProcessDied as death:
            last = self._pooled.recover(death, frame.run_id)
            if death.reply is None:
                return _lost(frame, inputs, death, last)
            reply = death.reply
        if reply.refusal is not None:
            why = f"cannot be carried out in another process, which cannot read it ({reply.refusal})."
            return _refused(frame, inputs, SerializationError(f"Task {self.runnable.name!r} {why}"))
        return reply.ended(frame.run_id, self.runnable)


def _is_aliased() -> bool:
    """Whether `import prefect` gives Headrace here: so it has to in the other processes."""
    return any(type(finder).__module__ == "headrace.compat._finder" for finder in sys.meta_path)


def _refused(frame: TaskFrame, inputs: Inputs, error: Exception) -> Ended:
    """Ends a run that no process can be handed."""
    why = Conclusion("FAILED", "Failed", f"The task run was not started. {described(error)}")
    return run(refuse(frame, inputs, why, error))


def _lost(frame: TaskFrame, inputs: Inputs, death: ProcessDied, last: StateRecord | None) -> Ended:
    """Ends a run whose process has died without a reply: `last` is how far that had come, which is stored."""
    if last is not None and last.type in _ERRORS:
        came_to = shown(Conclusion(last.type, last.name, last.message))
        why = f"The run came to {came_to}, and what it returned or raised is lost. {death}"
        say(frame, logging.ERROR, why)
        return Ended(frame.run_id, last, None, _ERRORS[last.type](why))
    if last is not None and frame.task.timeout_seconds is not None and death.code == -signal.SIGALRM:
        return end(frame, last.ordinal + 1, *conclusion(Outcome(None, timed_out(frame)), "Task"))
    why, at = str(death), clock.now()
    report_creation(frame, inputs, at)
    # Presumed, as by whoever stored what the process told: these two are one.
    state = StateRecord(1, last.ordinal + 1 if last is not None else 1, "CRASHED", "Crashed", at, why, {PRESUMED: True})
    frame.session.stream.report(encode(TaskRunMoved(frame.run_id, state)))
    say(frame, logging.ERROR, why)
    return Ended(frame.run_id, state, None, CrashedRun(why))
