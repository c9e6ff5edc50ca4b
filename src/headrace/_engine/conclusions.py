"""Conclusions: the state that a run ends in, decided from what its function came to. Pure."""

from typing import Any, Final, NamedTuple

from headrace._kernel.crashes import crash_reason, described, is_cancelled, is_cancelled_from_without, repr_of, text_of
from headrace._kernel.late import imported
from headrace._kernel.leaves import ATOMIC
from headrace._kernel.steps import ClosedEarly, Outcome
from headrace.exceptions import FlowRunTimeoutError, TaskRunTimeoutError

__all__ = [
    "CACHED",
    "CANCELLED_WITH_ITS_PARENT",
    "COMPLETED",
    "Conclusion",
    "conclusion",
    "crash_reason",
    "described",
    "in_words",
    "shown",
]


class Conclusion(NamedTuple):
    """A state's type, name and message."""

    type: str
    name: str
    message: str | None = None


COMPLETED: Final = Conclusion("COMPLETED", "Completed")
CACHED: Final = Conclusion("COMPLETED", "Cached")
# A task that nobody iterated over to its end has no result that could be kept.
ROLLED_BACK: Final = Conclusion("COMPLETED", "RolledBack", "The generator was closed before its end.")
CANCELLED_WITH_ITS_PARENT: Final = Conclusion(
    "CANCELLED", "Cancelled", "The flow run that it is part of was cancelled."
)
_COLLECTIONS: Final = frozenset({list, tuple, set, frozenset})


def conclusion(outcome: Outcome, kind: str, was_terminated: bool = False) -> tuple[Conclusion, Outcome]:
    """How a run of `kind` ("Flow" or "Task") ends, and what its caller gets.

    Completed with a value, Failed with an error, Crashed where it was interrupted, Cancelled where that was for the
    cancellation of its flow run. A State that the function made and
    returns is the run's own, and its result the caller's; states of other runs, one or a collection of them, make up
    the run's. A generator that its consumer closed early did what was asked of it: its flow run is Completed, its task
    run rolled back. `was_terminated` says that SIGTERM came while it ran.
    """
    error = outcome.error
    if error is None:
        value = outcome.value
        if type(value) in ATOMIC:
            return COMPLETED, outcome
        if _is_state(value):
            return _of_a_state(value, kind)
        if _is_collection_of_states(value):
            return _of_states(list(value)), outcome
        return COMPLETED, outcome
    if type(error) is ClosedEarly:
        return (COMPLETED if kind == "Flow" else ROLLED_BACK), Outcome()
    if isinstance(error, FlowRunTimeoutError | TaskRunTimeoutError):
        return Conclusion("FAILED", "TimedOut", text_of(error)), outcome
    if isinstance(error, TimeoutError):
        return Conclusion("FAILED", "TimedOut", f"{kind} run failed due to timeout: {repr_of(error)}"), outcome
    if isinstance(error, Exception) and not is_cancelled(error):
        return Conclusion("FAILED", "Failed", f"{kind} run encountered an exception: {described(error)}"), outcome
    if is_cancelled_from_without(error):
        return CANCELLED_WITH_ITS_PARENT, outcome
    return Conclusion("CRASHED", "Crashed", crash_reason(error, was_terminated)), outcome


def in_words(ended: Conclusion) -> str:
    """How a run ended, as a verb: completed, timed out."""
    return "timed out" if ended.name == "TimedOut" else ended.name.lower()


def shown(ended: Conclusion) -> str:
    """A state as log lines show it: Completed(), or Failed('why'). Of a long message, its first line."""
    if not ended.message:
        return f"{ended.name}()"
    first, _, rest = ended.message.partition("\n")
    return f"{ended.name}({first + ' ...' if rest else first!r})"


def _of_a_state(state: Any, kind: str) -> tuple[Conclusion, Outcome]:
    """What comes of a state that a function returns."""
    details = state.state_details
    if details.task_run_id is not None or details.flow_run_id is not None:
        return _of_states([state]), Outcome(state, None if state.is_completed() else state.outcome()[1])
    if not state.is_final():
        message = f"{kind} run returned a state that is not final: {state}"
        return Conclusion("FAILED", "Failed", message), Outcome(state)
    value, error = (state.data, None) if state.is_completed() else state.outcome()
    return Conclusion(str(state.type.value), state.name, state.message), Outcome(value, error)


def _of_states(states: list[Any]) -> Conclusion:
    """The state that other runs' states make up: the worst of them, and how many there are of it."""
    total = len(states)
    if cancelled := sum(state.is_cancelled() for state in states):
        return Conclusion("CANCELLED", "Cancelled", f"{cancelled}/{total} states cancelled.")
    if failed := sum(state.is_failed() or state.is_crashed() for state in states):
        return Conclusion("FAILED", "Failed", f"{failed}/{total} states failed.")
    if unfinished := sum(not state.is_final() for state in states):
        return Conclusion("FAILED", "Failed", f"{unfinished}/{total} states are not final.")
    return Conclusion("COMPLETED", "Completed", "All states completed.")


def _is_collection_of_states(value: Any) -> bool:
    return type(value) in _COLLECTIONS and bool(value) and all(map(_is_state, value))


def _is_state(value: Any) -> bool:
    # A State can only be at hand where its module was imported; importing it here would import pydantic.
    state = imported("headrace._wire.states", "State")
    return state is not None and isinstance(value, state)
