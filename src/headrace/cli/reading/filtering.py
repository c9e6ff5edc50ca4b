"""What `ls` of runs is asked for, as filters of the API."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

import msgspec

from headrace._wire.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterParentTaskRunId,
    TaskRunFilter,
)
from headrace.cli.failures import Misunderstood

__all__ = ["Asked", "Filters", "flow_run_filters", "instant_of", "of_flow_run", "task_run_filters"]

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Names of states whose words run together: any other is written with one capital letter.
_NAMES = {
    name.lower(): name for name in ("AwaitingRetry", "AwaitingConcurrencySlot", "NotReady", "RolledBack", "TimedOut")
}


class Asked(TypedDict):
    """What the options of `filter_options.run_filters` were given."""

    flow_names: tuple[str, ...]
    states: tuple[str, ...]
    state_types: tuple[str, ...]
    tags: tuple[str, ...]
    since: str | None
    until: str | None


class Filters(msgspec.Struct, frozen=True):
    """Which runs are asked for; None asks for nothing."""

    flow: FlowFilter | None = None
    flow_run: FlowRunFilter | None = None
    task_run: TaskRunFilter | None = None

    @property
    def are_set(self) -> bool:
        """Whether anything is asked for."""
        return (self.flow, self.flow_run, self.task_run) != (None, None, None)


def flow_run_filters(
    asked: Asked, names: Sequence[str], now: datetime, *, caller: UUID | None = None, subflows: bool = True
) -> Filters:
    """Flow runs of these flows, states, tags, times and names; several of one kind are alternatives, but for tags.

    Of all runs, those that `caller` called, or, without `subflows`, those that no flow called.
    """
    wanted = _wanted(asked, names, now)
    if caller is not None:
        wanted["parent_flow_run_id"] = FlowRunFilterParentFlowRunId(any_=[caller])
    if not subflows:
        wanted["parent_task_run_id"] = FlowRunFilterParentTaskRunId(is_null_=True)
    return Filters(_flows(asked), flow_run=FlowRunFilter.model_validate(wanted) if wanted else None)


def task_run_filters(asked: Asked, names: Sequence[str], now: datetime) -> Filters:
    """The same for task runs; the flows are those of the runs that called them."""
    wanted = _wanted(asked, names, now)
    return Filters(_flows(asked), task_run=TaskRunFilter.model_validate(wanted) if wanted else None)


def of_flow_run(flow_run_id: UUID) -> FlowRunFilter:
    """The flow run of this id, and, as a filter of another aggregate, what belongs to it."""
    return FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))


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


def _flows(asked: Asked) -> FlowFilter | None:
    names = asked["flow_names"]
    return FlowFilter(name=FlowFilterName(any_=list(names))) if names else None


def _wanted(asked: Asked, names: Sequence[str], now: datetime) -> dict[str, Any]:
    """What is asked of the runs themselves, as both kinds of filters have it on the wire."""
    states = {
        "name": {"any_": [_state_name(name) for name in asked["states"]]} if asked["states"] else None,
        "type": {"any_": [kind.upper() for kind in asked["state_types"]]} if asked["state_types"] else None,
    }
    times = {
        bound: instant_of(text, now)
        for bound, text in (("after_", asked["since"]), ("before_", asked["until"]))
        if text is not None
    }
    wanted = {
        "name": {"any_": list(names)} if names else None,
        "state": states if any(states.values()) else None,
        "tags": {"all_": list(asked["tags"])} if asked["tags"] else None,
        "expected_start_time": times or None,
    }
    return {field: value for field, value in wanted.items() if value is not None}


def _state_name(text: str) -> str:
    lower = text.lower()
    return _NAMES.get(lower) or (text.capitalize() if text in (lower, text.upper()) else text)
