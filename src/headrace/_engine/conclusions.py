"""Conclusions: the state that a run ends in, decided from what its function came to. Pure."""

import sys
from typing import Any, Final, NamedTuple

from headrace._kernel.leaves import ATOMIC
from headrace._kernel.steps import ClosedEarly, Outcome

__all__ = ["COMPLETED", "Conclusion", "conclusion", "crash_reason", "described", "shown"]


class Conclusion(NamedTuple):
    """A state's type, name and message."""

    type: str
    name: str
    message: str | None = None


COMPLETED: Final = Conclusion("COMPLETED", "Completed")
# A task that nobody iterated over to its end has no result that could be kept.
ROLLED_BACK: Final = Conclusion("COMPLETED", "RolledBack", "The generator was closed before its end.")


def conclusion(outcome: Outcome, kind: str, was_terminated: bool = False) -> tuple[Conclusion, Outcome]:
    """How a run of `kind` ("Flow" or "Task") ends, and what its caller gets.

    Completed with a value, Failed with an error, Crashed where it was interrupted; a State that the function returns
    is the run's own, and its result the caller's. A generator that its consumer closed early did what was asked of it:
    its flow run is Completed, its task run rolled back. `was_terminated` says that SIGTERM came while it ran.
    """
    error = outcome.error
    if error is None:
        value = outcome.value
        if type(value) in ATOMIC or not _is_state(value):
            return COMPLETED, outcome
        return Conclusion(str(value.type.value), value.name, value.message), Outcome(*value.outcome())
    if type(error) is ClosedEarly:
        return (COMPLETED if kind == "Flow" else ROLLED_BACK), Outcome()
    if isinstance(error, Exception) and not _is_cancelled(error):
        return Conclusion("FAILED", "Failed", f"{kind} run encountered an exception: {described(error)}"), outcome
    return Conclusion("CRASHED", "Crashed", crash_reason(error, was_terminated)), outcome


def described(error: BaseException) -> str:
    """An error's type and text, as in "ValueError: no such file"."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def crash_reason(error: BaseException, was_terminated: bool = False) -> str:
    """Why a run was interrupted, as its Crashed state says it."""
    if isinstance(error, KeyboardInterrupt):
        return "The run was interrupted by Ctrl-C (SIGINT)."
    # A loop that the signal interrupts is torn down, and cancels what it runs.
    if type(error).__name__ == "TerminationSignal" or (was_terminated and _is_cancelled(error)):
        return "The run was ended by a termination signal (SIGTERM)."
    if isinstance(error, SystemExit):
        return f"The run was ended by the program's exit (SystemExit: {error.code})."
    if isinstance(error, GeneratorExit):
        return "The run was ended because its event loop was closed."
    if _is_cancelled(error):
        return "The run was cancelled by the program that awaited it (CancelledError)."
    return f"The run was interrupted by {described(error)}."


def shown(ended: Conclusion) -> str:
    """A state as log lines show it: Completed(), or Failed('why'). Of a long message, its first line."""
    if not ended.message:
        return f"{ended.name}()"
    first, _, rest = ended.message.partition("\n")
    return f"{ended.name}({first + ' ...' if rest else first!r})"


def _is_state(value: Any) -> bool:
    # A State can only be at hand where its module was imported; importing it here would import pydantic.
    states = sys.modules.get("headrace._wire.states")
    return states is not None and isinstance(value, states.State)


def _is_cancelled(error: BaseException) -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(error, asyncio.CancelledError)
