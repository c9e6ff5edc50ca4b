"""The further attempts of a flow run: its function is called as long as the run fails and has retries left."""

import logging
from typing import Final

from headrace._engine.conclusions import Conclusion, conclusion
from headrace._engine.flow_run import Call, Move
from headrace._engine.lines import say, say_beginning, say_failure
from headrace._engine.retrying import RetryPolicy, told_retry
from headrace._engine.signals import termination_raises
from headrace._kernel import clock
from headrace._kernel.crashes import repr_of
from headrace._kernel.current import FlowFrame
from headrace._kernel.instants import due_in
from headrace._kernel.steps import Outcome, Steps, attempt, pause

__all__ = ["flow_attempts"]

_RUNNING: Final = Conclusion("RUNNING", "Running")
_AWAITING_RETRY: Final = Conclusion("SCHEDULED", "AwaitingRetry")


def flow_attempts(frame: FlowFrame, move: Move, call: Call, outcome: Outcome) -> Steps[Outcome]:
    """Calls the flow's function again where its first call came to a failure; returns what the last one came to."""
    retry: RetryPolicy = frame.flow.retry
    try:
        while (delay := _retry_delay(frame, retry, outcome)) is not None:
            if not (yield from move(_AWAITING_RETRY, due_in(delay))):
                break
            yield from _wait(frame, delay)
            if not (yield from move(_RUNNING, None)):
                break
            say_beginning(frame, f": retry {frame.run_count} of {retry.retries}")
            frame.run_count += 1
            frame.completed.begin_attempt()
            outcome = yield from call()
    except BaseException as interruption:  # noqa: BLE001 - Ctrl-C, a cancellation: the run ends, and says so
        outcome = Outcome(None, interruption)
    return outcome


def _wait(frame: FlowFrame, seconds: float) -> Steps[None]:
    """Lets time pass, unless the run is cancelled meanwhile."""
    flow, cancellation = frame.flow, frame.cancellation
    if flow.isasync and flow.timeout_seconds is not None:  # It may have no loop of its own: see timeouts.py.
        yield from pause(seconds)
        return
    wait, sleep = (cancellation.await_, clock.sleep_async) if flow.isasync else (cancellation.call, clock.sleep)
    outcome = yield from attempt(wait, (sleep, (seconds,), {}), {})
    if outcome.error is not None:
        raise outcome.error


def _retry_delay(frame: FlowFrame, retry: RetryPolicy, outcome: Outcome) -> float | None:
    """How long to wait before the next attempt; None where there is none."""
    ended, failed = conclusion(outcome, "Flow", termination_raises.has_raised)
    if ended.type != "FAILED" or not retry.has_retries_left(frame.run_count):
        return None
    if failed.error is not None:
        say_failure(frame, f"Flow run failed: {repr_of(failed.error)}", failed.error)
    delay = retry.delay_seconds(frame.run_count)
    say(frame, logging.INFO, told_retry("Flow", ended, failed, retry, frame.run_count, delay))
    return delay
