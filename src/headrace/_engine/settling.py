"""Settling: a flow run's task runner, from its first use to when all that was submitted to it has ended."""

from _thread import allocate_lock
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from headrace._engine.conclusions import CANCELLED_WITH_ITS_PARENT, Conclusion
from headrace._engine.resolving import with_states
from headrace._engine.severing import Part
from headrace._kernel.crashes import is_cancelled_from_without, note_ctrl_c
from headrace._kernel.current import FlowFrame
from headrace._kernel.steps import Outcome, Steps, block
from headrace.exceptions import MissingContextError

__all__ = ["open_runner", "runner_here", "settled"]

Within = Callable[[Callable[[], object]], object]

_LEFT: Final = Conclusion("CRASHED", "Crashed", "The run was left when its flow run was interrupted.")

_opening = allocate_lock()


def runner_here(frame: Any) -> Any:
    """The task runner of the flow run that the code at hand belongs to; `frame` is its innermost run."""
    flow_frame: FlowFrame | None = frame.flow_frame if frame is not None else None
    if flow_frame is None:
        raise MissingContextError(
            "There is no task runner to submit to here: `.submit()` and `.map()` belong inside of a flow run. Call the "
            "task to run it at once, or submit it from a flow."
        )
    return open_runner(flow_frame)


def open_runner(frame: FlowFrame) -> Any:
    """The task runner of this flow run, entered when it is first asked for."""
    with _opening:
        if frame.is_over:
            raise MissingContextError(
                f"Flow run {frame.name!r} has ended, and takes no more tasks: this was submitted from a thread that it "
                "did not wait for."
            )
        if frame.runner is None:
            frame.session = Part(frame.session)
            frame.runner = frame.flow.task_runner.duplicate().__enter__()
    return frame.runner


def settled(frame: FlowFrame, outcome: Outcome, within: Within | None = None) -> Steps[Outcome]:
    """Waits for all that an attempt of a flow has submitted; futures in what it returned become final states.

    Where the flow is interrupted, what has begun is waited for; interrupted once more, it is left. `within` does what
    waits, as long as there is time; who gives it also severs what goes beyond.
    """
    if outcome.error is not None:
        note_ctrl_c(outcome.error)
    if frame.runner is None or within is not None:
        return (yield from _settled(frame, outcome, within))
    part: Part = frame.session
    try:
        outcome = yield from _settled(frame, outcome, within)
        if outcome.error is not None and not isinstance(outcome.error, Exception):
            part.sever(CANCELLED_WITH_ITS_PARENT if is_cancelled_from_without(outcome.error) else _LEFT)
        return outcome
    finally:
        part.end()
        frame.session = part.around


def _settled(frame: FlowFrame, outcome: Outcome, within: Within | None) -> Steps[Outcome]:
    try:
        yield from _left(frame, outcome.error, within)
        return outcome if outcome.error is not None else Outcome((yield from with_states(outcome.value)))
    except BaseException as error:  # noqa: BLE001 - Ctrl-C, a cancellation, or a runner of the user's
        if outcome.error is not None and not isinstance(outcome.error, Exception):
            return outcome
        note_ctrl_c(error)
        outcome = Outcome(None, error)
    if not isinstance(outcome.error, Exception):
        try:
            yield from _left(frame, outcome.error, within)
        except BaseException:  # noqa: BLE001 - as above
            return outcome
    return outcome


def _left(frame: FlowFrame, error: BaseException | None, within: Within | None) -> Steps[None]:
    if frame.runner is not None:
        leave = partial(frame.runner.__exit__, type(error) if error is not None else None, error, None)
        if frame.cancellation is not None:
            leave = partial(frame.cancellation.unless_cancelled, leave)
        yield from block(leave if within is None else partial(within, leave))
