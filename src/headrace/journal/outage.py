"""Times in which the sink cannot be reached: how long to leave it alone, and that it is said once."""

from collections.abc import Callable
from typing import Final

from headrace._kernel import clock

__all__ = ["Outage"]

_FIRST_DELAY_SECONDS: Final = 0.1
_LONGEST_DELAY_SECONDS: Final = 5.0


class Outage:
    """A back-off that doubles with each failure and is over with the first success."""

    def __init__(self, folder: str, notify: Callable[[str], None]) -> None:
        self._folder = folder
        self._notify = notify
        self._delay_seconds = 0.0
        self._retry_at = 0.0
        self._is_told = False
        self.reason: str | None = None

    def is_on(self) -> bool:
        """Whether the sink failed, and it is too early to try again."""
        return self._delay_seconds > 0 and clock.monotonic() < self._retry_at

    def begin(self, reason: str) -> None:
        """The sink failed, once more or for the first time."""
        self.reason = reason
        self._delay_seconds = min(max(self._delay_seconds * 2, _FIRST_DELAY_SECONDS), _LONGEST_DELAY_SECONDS)
        self._retry_at = clock.monotonic() + self._delay_seconds
        if not self._is_told:
            self._is_told = True
            self._notify(f"{reason} What this process reports is kept in {self._folder}, and stored when that is over.")

    def end(self) -> None:
        """The sink took something."""
        self._delay_seconds = 0.0
        self.reason = None
