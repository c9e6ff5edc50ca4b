"""What an exception says of the run that it ended: in words, and whether the run was ended from without."""

import sys

__all__ = ["crash_reason", "described", "is_cancelled"]


def described(error: BaseException) -> str:
    """An error's type and text, as in "ValueError: no such file"."""
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def crash_reason(error: BaseException, was_terminated: bool = False) -> str:
    """Why a run was interrupted, as its Crashed state says it."""
    if isinstance(error, KeyboardInterrupt):
        return "The run was interrupted by Ctrl-C (SIGINT)."
    # A loop that the signal interrupts is torn down, and cancels what it runs.
    if type(error).__name__ == "TerminationSignal" or (was_terminated and is_cancelled(error)):
        return "The run was ended by a termination signal (SIGTERM)."
    if isinstance(error, SystemExit):
        return f"The run was ended by the program's exit (SystemExit: {error.code})."
    if isinstance(error, GeneratorExit):
        return "The run was ended because its event loop was closed."
    if is_cancelled(error):
        return "The run was cancelled by the program that awaited it (CancelledError)."
    return f"The run was interrupted by {described(error)}."


def is_cancelled(error: BaseException) -> bool:
    """Whether a loop cancelled what raised this."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and isinstance(error, asyncio.CancelledError)
