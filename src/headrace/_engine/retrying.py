"""Retries: how often a run is tried again, and after how long. Decisions; carrying them out is the runs' business."""

import os
from _random import Random  # See _kernel/ids.py: neither `random`'s import nor its user-seeded generator.
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from headrace._engine.conclusions import Conclusion, shown
from headrace._kernel import clock
from headrace._kernel.instants import instant_text
from headrace._kernel.steps import Outcome

__all__ = ["Delays", "RetryPolicy", "due_in", "exponential_backoff", "retry_policy", "told_failure"]

_MOST_DELAYS: Final = 50

Delays = float | Sequence[float] | Callable[[int], list[float]]
"""Seconds before each retry: one number for all, a list (its last number for all that follow), or a function that
makes the list out of the number of retries."""

_random = Random(int.from_bytes(os.urandom(32), "big"))


class RetryPolicy:
    """How often the runs of one flow or task are tried again."""

    __slots__ = ("_delays", "_jitter_factor", "retries")

    def __init__(self, retries: int, delays: tuple[float, ...], jitter_factor: float) -> None:
        self.retries = retries
        self._delays = delays
        self._jitter_factor = jitter_factor

    def has_retries_left(self, run_count: int) -> bool:
        """Whether a run that failed for the `run_count`-th time may be tried again."""
        return run_count <= self.retries

    def delay_seconds(self, run_count: int) -> float:
        """How long to wait after the `run_count`-th failure."""
        if not self._delays:
            return 0.0
        delay = self._delays[min(run_count, len(self._delays)) - 1]
        # Evenly on a logarithmic scale: as often shortened by a factor as prolonged by it, and the median is kept.
        return delay * (1 + self._jitter_factor) ** (2 * _random.random() - 1) if self._jitter_factor else delay


def retry_policy(
    kind: str, retries: Any, delays: Any = None, jitter_factor: Any = None, condition: Any = None
) -> RetryPolicy | None:
    """The policy that these options of a flow or task ask for; None without retries. TypeError and ValueError say
    which option cannot be used.
    """
    if retries is not None and (not isinstance(retries, int) or isinstance(retries, bool)):
        raise TypeError(f"Invalid `retries` provided; must be an int. Received type {type(retries)}")
    if jitter_factor is not None and jitter_factor < 0:
        raise ValueError("`retry_jitter_factor` must be >= 0.")
    if condition is not None and not callable(condition):
        raise TypeError(f"Expected `retry_condition_fn` to be callable, got {type(condition).__name__} instead.")
    seconds = _seconds(kind, delays(retries or 0) if callable(delays) else delays)
    if not retries or retries < 0:
        return None
    return RetryPolicy(retries, seconds, float(jitter_factor or 0))


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """Delays that double: `retry_delay_seconds=exponential_backoff(10)` waits for 10, 20, 40, ... seconds.

    Of more than 50 retries, the last ones wait as long as the fiftieth.
    """

    def delays(retries: int) -> list[float]:
        return [backoff_factor * 2**retry for retry in range(min(_MOST_DELAYS, retries))]

    return delays


def due_in(delay_seconds: float) -> dict[str, Any]:
    """The details of a state that waits so long for its retry."""
    return {"scheduled_time": instant_text(clock.now() + round(delay_seconds * 1_000_000))}


def told_failure(ended: Conclusion, failed: Outcome, kind: str) -> str:
    """How a line about a retry begins: what the attempt of a "Flow" or "Task" run came to."""
    if failed.error is not None:
        return f"{kind} run failed: {failed.error!r}"
    return f"{kind} run came to the state {shown(ended)}"


def _seconds(kind: str, delays: Any) -> tuple[float, ...]:
    if delays is None:
        return ()
    given = cast("list[Any]", delays) if isinstance(delays, list) else [delays]
    for delay in given:
        if not isinstance(delay, int | float) or isinstance(delay, bool):
            raise TypeError(
                "Invalid `retry_delay_seconds` provided; must be an int, float, list or callable. "
                f"Received type {type(delay)}"
            )
        if not delay >= 0:
            raise ValueError(f"`retry_delay_seconds` must be >= 0, got {delay}.")
    if len(given) > _MOST_DELAYS:
        raise ValueError(f"Can not configure more than {_MOST_DELAYS} retry delays per {kind}.")
    return tuple([float(delay) for delay in given])
