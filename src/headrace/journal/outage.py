"""Times in which the sink cannot be reached: how long to leave it alone, and that it is said once."""

from collections.abc import Callable
from typing import Final

from headrace._kernel import clock
from headrace._kernel.jitter import prolonged

__all__ = ["Outage"]

_FIRST_DELAY_SECONDS: Final = 0.1
_LONGEST_DELAY_SECONDS: Final = 5.0
_LONGEST_ASKED_SECONDS: Final = 60.0
_JITTER_FACTOR: Final = 0.2


class Outage:
    """A back-off that doubles with each failure and is over with the first success."""

    def __init__(self, folder: str, notify: Callable[[str], None]) -> None:
        self._folder = folder
        self._notify = notify
        self._delay_seconds = 0.0
        self._retry_at = 0.0
        self._is_told = False
        self.reason: str | None = None
        self.is_passing = False

    def is_on(self) -> bool:
        """Whether the sink failed, and it is too early to try again."""
        return self._delay_seconds > 0 and clock.monotonic() < self._retry_at

    def begin(self, reason: str, *, is_passing: bool = False, retry_after_seconds: float = 0.0) -> None:
        """The sink failed, once more or for the first time; it may have asked to be left alone for some seconds."""
        self.reason, self.is_passing = reason, is_passing
        self._delay_seconds = min(max(self._delay_seconds * 2, _FIRST_DELAY_SECONDS), _LONGEST_DELAY_SECONDS)
        delay = max(self._delay_seconds, min(retry_after_seconds, _LONGEST_ASKED_SECONDS))
        self._retry_at = clock.monotonic() + prolonged(delay, _JITTER_FACTOR)
        if not self._is_told:
            self._is_told = True
            self._notify(f"{reason} What this process reports is kept in {self._folder}, and stored when that is over.")

    def end(self) -> None:
        """The sink took something."""
        self._delay_seconds = 0.0
        self.reason = None

    def is_worth_waiting(self, deadline: float) -> bool:
        """Waits until the sink may be tried again; False, at once, where that is in vain before `deadline`."""
        now = clock.monotonic()
        if not self.is_passing or self._retry_at >= deadline:
            return False
        clock.sleep(max(self._retry_at - now, 0.0))
        return True
