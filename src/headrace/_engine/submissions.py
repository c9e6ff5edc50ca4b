"""Submissions: runs that a thread carries out some time after `submit` or `map` asked for them."""

import logging
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any

from headrace._engine.conclusions import Conclusion, crash_reason, described
from headrace._engine.resolving import Inputs, StandIn, joined, stand_ins, unfinished
from headrace._engine.task_run import Ended, edges_into
from headrace._kernel import clock
from headrace._kernel.crashes import is_of_closed_journal
from headrace._kernel.current import innermost
from headrace._kernel.drive import run, run_async
from headrace._kernel.stand_ins import STAND_INS
from headrace._kernel.steps import Steps
from headrace._records import StateRecord
from headrace.exceptions import CancelledRun

__all__ = ["Call", "Submission", "carried_out", "dismissed", "failed_here", "interrupted_after"]

_logger = logging.getLogger("headrace.engine")


class Call:
    """One call of a submission, where it differs from what the submission says of all."""

    __slots__ = ("inputs", "parameters", "pending")

    def __init__(self, parameters: dict[str, Any], inputs: Inputs, pending: list[Any]) -> None:
        self.parameters = parameters
        self.inputs = inputs
        self.pending = pending  # the futures that have to end before it can begin


class Submission:
    """What the runs of one `submit` or `map` have in common: the task or flow, and where they were asked for.

    `parameters(index)` are those of one call: a map of a hundred thousand makes each when its turn has come.
    """

    __slots__ = ("_context", "_inputs", "_parameters", "_upstream", "_upstream_found", "runnable", "tally")

    def __init__(
        self, runnable: Any, parameters: Callable[[int], dict[str, Any]], upstream: Any, inputs: Inputs = ()
    ) -> None:
        self.runnable = runnable
        self.tally: Any = None  # what counts its runs, where somebody is shown how far they are
        self._parameters = parameters
        self._upstream = upstream
        self._inputs = inputs
        self._context: Context = copy_context()
        self._upstream_found: list[StandIn] = stand_ins({}, upstream) if STAND_INS and upstream is not None else []

    def call(self, index: int) -> Call | None:
        """What is to be known of a call before its turn comes; None where that is nothing.

        Edges by the identity of results are drawn now, as long as the caller holds them.
        """
        parameters, parent = self._parameters(index), innermost.get()
        pending: list[Any] = []
        if STAND_INS:
            pending = unfinished([*self._upstream_found, *stand_ins(parameters)])
        inputs = edges_into(parent, parameters, self._upstream)
        if self._inputs:
            inputs = joined(self._inputs, inputs)
        return Call(parameters, inputs, pending) if pending or inputs else None

    def run(self, run_id: bytes, index: int, call: Call | None) -> Ended:
        """Carries out a run in this thread, in the context that it was asked for in."""
        parameters, inputs = (self._parameters(index), ()) if call is None else (call.parameters, call.inputs)
        # A context can be entered once at a time, and its runs are side by side.
        return self._context.copy().run(self._run, run_id, parameters, inputs)

    def _run(self, run_id: bytes, parameters: dict[str, Any], inputs: Inputs) -> Ended:
        steps = self.runnable.submitted_steps(run_id, parameters, self._upstream, inputs)
        return carried_out(self.runnable, run_id, steps)


def carried_out(runnable: Any, run_id: bytes, steps: Steps[Ended]) -> Ended:
    """Carries out a run of `runnable` in this thread, whatever happens to it."""
    try:
        if not runnable.isasync or runnable.timeout_seconds is not None:  # See timeouts.py.
            return run(steps)
        import asyncio  # 45 ms: paid by who submits coroutine functions.

        return asyncio.run(run_async(steps))
    except BaseException as error:  # noqa: BLE001 - the thread goes on, and whoever waits is told
        ended = getattr(error, "__headrace_ended__", None)
        if ended is not None and ended.run_id == run_id:
            return Ended(run_id, ended.state, ended.value, error)
        if isinstance(error, KeyboardInterrupt):  # Ctrl-C beside a loop: what ran on it was cancelled, and has said so.
            return _unreported(run_id, Conclusion("CRASHED", "Crashed", crash_reason(error)), error)
        if is_of_closed_journal(error):
            return dismissed(run_id)
        return failed_here(run_id, error)


def interrupted_after(ended: Ended, interruption: BaseException) -> None:
    """Notes with what interrupted a hook how its run had ended: for the future, which holds both."""
    with suppress(AttributeError):  # a class with slots
        setattr(interruption, "__headrace_ended__", ended)  # noqa: B010 - no declared attribute of the class


def failed_here(run_id: bytes, error: BaseException) -> Ended:
    """The end of a run that this error kept from being carried out, and that cannot be reported."""
    _logger.error("A submitted run could not be carried out", exc_info=error)
    return _unreported(run_id, Conclusion("CRASHED", "Crashed", described(error)), error)


def dismissed(run_id: bytes) -> Ended:
    """The end of a run that never began, because its flow run was interrupted."""
    why = "The flow run that submitted this run was interrupted before it began."
    return _unreported(run_id, Conclusion("CANCELLED", "Cancelled", why), CancelledRun(why))


def _unreported(run_id: bytes, ended: Conclusion, error: BaseException) -> Ended:
    return Ended(run_id, StateRecord(1, 0, ended.type, ended.name, clock.now(), ended.message), None, error)
