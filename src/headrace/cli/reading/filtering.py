"""What `headrace flow-run ls` is asked for, as filters of the API."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from headrace._wire.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateName,
    FlowRunFilterStateType,
)
from headrace._wire.states import StateType
from headrace.cli.failures import Misunderstood

__all__ = ["STATE_TYPES", "Filters", "filters", "instant_of"]

STATE_TYPES = tuple(kind.value for kind in StateType)

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Names of states whose words run together: any other is written with one capital letter.
_NAMES = {name.lower(): name for name in ("AwaitingRetry", "AwaitingConcurrencySlot", "RolledBack", "TimedOut")}


class Filters(msgspec.Struct, frozen=True):
    """Which flow runs are asked for; None asks for nothing."""

    flow: FlowFilter | None
    flow_run: FlowRunFilter | None

    @property
    def are_set(self) -> bool:
        """Whether anything is asked for."""
        return self.flow is not None or self.flow_run is not None


def filters(
    *, flow_names: Sequence[str], states: Sequence[str], state_types: Sequence[str], since: datetime | None
) -> Filters:
    """Runs of any of these flows, in any of these states, that were to start at `since` or later."""
    state = FlowRunFilterState(
        name=FlowRunFilterStateName(any_=[_state_name(name) for name in states]) if states else None,
        type=FlowRunFilterStateType(any_=[StateType(kind.upper()) for kind in state_types]) if state_types else None,
    )
    start = FlowRunFilterExpectedStartTime(after_=since) if since is not None else None
    return Filters(
        flow=FlowFilter(name=FlowFilterName(any_=list(flow_names))) if flow_names else None,
        flow_run=(
            FlowRunFilter(state=state if states or state_types else None, expected_start_time=start)
            if states or state_types or start is not None
            else None
        ),
    )


def instant_of(text: str, now: datetime) -> datetime:
    """The instant that "30m", "2h", "1d" (before now) or an ISO date or time (local, unless it says) means."""
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        if ago is not None:
            return now - timedelta(**{_UNITS[ago[2]]: float(ago[1])})
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise Misunderstood(
            f"{text!r} is no time: write how long ago, as in 30m, 2h or 7d, or a date as in 2026-01-31."
        ) from None


def _state_name(text: str) -> str:
    lower = text.lower()
    return _NAMES.get(lower) or (text.capitalize() if text in (lower, text.upper()) else text)
