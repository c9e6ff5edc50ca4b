"""Which requests of a client are sent again, and when: decisions, which the transports carry out.

A request that the server did not take may be sent again whatever it asks for. Where nobody knows (the connection broke
before the answer, a proxy gave up), only one may that changes nothing the second time. Where nobody listens at all, the
caller is told at once.
"""

from typing import Final

import msgspec

from headrace._kernel.jitter import prolonged
from headrace._wire.route import Route
from headrace.settings._values import ClientSettings

__all__ = ["Retries", "retries_of"]

_REFUSED: Final = frozenset({429})
_UNDECIDED: Final = frozenset({408, 502, 503, 504})
_FIRST_DELAY_SECONDS: Final = 0.25
_LONGEST_DELAY_SECONDS: Final = 60.0


class Retries(msgspec.Struct, frozen=True):
    """How often a request is sent again, and after what; see ClientSettings."""

    most: int = 0
    jitter_factor: float = 0.0
    extra_codes: frozenset[int] = frozenset()

    def after_status(self, route: Route, done: int, status: int, retry_after_seconds: float) -> float | None:
        """After how many seconds a request that has been repeated `done` times is again; None where it is not.

        Of a status that the user has named it is taken that the server did nothing.
        """
        is_refused = status in _REFUSED or status in self.extra_codes
        return self._delay(done, retry_after_seconds) if is_refused or self._is_safe(route, status) else None

    def after_break(self, route: Route, done: int, *, was_sent: bool) -> float | None:
        """The same where there is no answer; `was_sent`: the server may have seen the request, or a part of it."""
        return self._delay(done, 0.0) if not was_sent or route.is_repeatable else None

    def _is_safe(self, route: Route, status: int) -> bool:
        return route.is_repeatable and status in _UNDECIDED

    def _delay(self, done: int, retry_after_seconds: float) -> float | None:
        if done >= self.most or retry_after_seconds > _LONGEST_DELAY_SECONDS:
            return None
        return prolonged(max(_FIRST_DELAY_SECONDS * 2.0**done, retry_after_seconds), self.jitter_factor)


def retries_of(settings: ClientSettings) -> Retries:
    """What the settings say."""
    return Retries(settings.max_retries, settings.retry_jitter_factor, frozenset(settings.retry_extra_codes))
