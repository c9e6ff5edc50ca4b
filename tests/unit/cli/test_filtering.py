"""What `ls` of runs is asked for, as filters."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from headrace._wire.states import StateType
from headrace.cli.failures import Misunderstood
from headrace.cli.reading.filtering import Asked, flow_run_filters, instant_of, task_run_filters

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


def asked(**given: Any) -> Asked:
    """What was typed, where the rest was not."""
    nothing = Asked(flow_names=(), states=(), state_types=(), tags=(), since=None, until=None)
    return cast("Asked", {**nothing, **given})


def test_nothing_asks_for_nothing() -> None:
    for filters_of in (flow_run_filters, task_run_filters):
        wanted = filters_of(asked(), [], NOW)
        assert (wanted.flow, wanted.flow_run, wanted.task_run, wanted.are_set) == (None, None, None, False)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("failed", "Failed"),
        ("FAILED", "Failed"),
        ("awaitingretry", "AwaitingRetry"),
        ("AwaitingRetry", "AwaitingRetry"),
        ("notready", "NotReady"),
        ("My State", "My State"),
    ],
)
def test_a_state_is_named_in_any_case(typed: str, meant: str) -> None:
    wanted = flow_run_filters(asked(states=(typed,)), [], NOW).flow_run
    assert wanted is not None
    assert wanted.model_dump(exclude_none=True)["state"]["name"] == {"any_": [meant]}


def test_all_that_is_asked_for_is_in_the_filters() -> None:
    typed = asked(
        flow_names=("a", "b"), state_types=("scheduled",), tags=("x", "y"), since="1d", until="2026-03-10T11:00+00:00"
    )
    day, hour = NOW - timedelta(days=1), NOW - timedelta(hours=1)
    for wanted in (flow_run_filters(typed, ["n"], NOW), task_run_filters(typed, ["n"], NOW)):
        assert wanted.are_set
        assert wanted.flow is not None
        assert wanted.flow.model_dump(exclude_none=True)["name"] == {"any_": ["a", "b"]}
        runs = wanted.flow_run or wanted.task_run
        assert runs is not None
        told = runs.model_dump(exclude_none=True)
        assert told["name"] == {"any_": ["n"]}
        assert told["state"]["type"] == {"any_": [StateType.SCHEDULED]}
        assert told["tags"]["all_"] == ["x", "y"]
        assert told["expected_start_time"] == {"after_": day, "before_": hour}


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("90s", NOW - timedelta(seconds=90)),
        ("30m", NOW - timedelta(minutes=30)),
        ("30 min", NOW - timedelta(minutes=30)),
        ("1.5H", NOW - timedelta(hours=1.5)),
        ("2d", NOW - timedelta(days=2)),
        ("1w", NOW - timedelta(weeks=1)),
        ("2026-03-01T10:00:00+00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1).astimezone()),
    ],
)
def test_a_time_is_so_long_ago_or_a_date(text: str, instant: datetime) -> None:
    assert instant_of(text, NOW) == instant


@pytest.mark.parametrize("text", ["", "lately", "5", "5y", "2026-13-01", "9" * 30 + "d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Misunderstood):
        instant_of(text, NOW)
