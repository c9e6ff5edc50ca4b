"""Retries: how often a run is tried again, and after how long. Decisions; carrying them out is the runs' business."""

import os
from _random import Random  # See _kernel/ids.py: neither `random`'s import nor its user-seeded generator.
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final, cast

from headrace._engine.conclusions import Conclusion, shown
from headrace._engine.session import settings_of_process
from headrace._kernel.crashes import repr_of
from headrace._kernel.steps import Outcome
from headrace.settings import FlowsSettings, TasksSettings, settings_around

__all__ = ["Delays", "Retried", "RetryOptions", "RetryPolicy", "exponential_backoff", "retry_policy", "told_retry"]

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


class RetryOptions:
    """What a flow or task says of its retries, and for the rest the settings.

    The settings are those that it was made in, inside of `temporary_settings`, else those of the process: decorating
    reads no file, and so they are asked when the first run needs them.
    """

    def __init__(
        self, kind: str, retries: Any, delays: Any = None, jitter_factor: Any = None, condition: Any = None
    ) -> None:
        # Whatever the settings say, these options can be used, or are refused here.
        policy = retry_policy(kind, retries, delays, jitter_factor, condition)
        if retries is not None and (delays is not None or policy is None):
            self.policy = policy  # No setting has anything to say.
        self._kind = kind
        self._retries = retries
        self._delays = delays
        self._jitter_factor = jitter_factor
        self._around = settings_around()

    @cached_property
    def retries(self) -> int:
        """How often a run that failed is tried again."""
        return self._defaults.default_retries if self._retries is None else self._retries

    @cached_property
    def delays(self) -> Any:
        """The wait before each retry."""
        return self._defaults.default_retry_delay_seconds if self._delays is None else self._delays

    @cached_property
    def policy(self) -> RetryPolicy | None:
        """The policy that all of it comes to; None without retries."""
        if not self.retries:
            return None
        return retry_policy(self._kind, self.retries, self.delays, self._jitter_factor)

    def given(self) -> tuple[Any, Any]:
        """Retries and delays for a copy with other options: None for what the settings of the process say."""
        if settings_around() is None and self._around is None:
            return self._retries, self._delays
        return self.retries, self.delays

    @property
    def _defaults(self) -> FlowsSettings | TasksSettings:
        settings = self._around or settings_of_process()
        return settings.flows if self._kind == "flow" else settings.tasks


class Retried:
    """What flows and tasks have in common: their retries."""

    _retrying: RetryOptions  # shared with the copies that are methods

    @cached_property
    def retry(self) -> RetryPolicy | None:
        """How runs that failed are tried again; None where they are not."""
        return self._retrying.policy

    @property
    def retries(self) -> int:
        """How often a run that failed is tried again."""
        return self._retrying.retries

    @property
    def retry_delay_seconds(self) -> Any:
        """The wait before each retry: a number, a list, or a function that makes the list."""
        return self._retrying.delays


def exponential_backoff(backoff_factor: float) -> Callable[[int], list[float]]:
    """Delays that double: `retry_delay_seconds=exponential_backoff(10)` waits for 10, 20, 40, ... seconds.

    Of more than 50 retries, the last ones wait as long as the fiftieth.
    """

    def delays(retries: int) -> list[float]:
        return [backoff_factor * 2**retry for retry in range(min(_MOST_DELAYS, retries))]

    return delays


def told_retry(
    kind: str, ended: Conclusion, failed: Outcome, retry: RetryPolicy, run_count: int, delay_seconds: float
) -> str:
    """What an attempt of a "Flow" or "Task" run came to, its `run_count`-th, and when the next one begins."""
    came_to = f"came to the state {shown(ended)}" if failed.error is None else f"failed: {repr_of(failed.error)}"
    when = f"in {delay_seconds:.3g} s" if delay_seconds else "now"
    return f"{kind} run {came_to} - retry {run_count} of {retry.retries} begins {when}"


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
