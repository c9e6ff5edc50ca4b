"""What `flow-run ls` is asked for, as filters."""

from datetime import UTC, datetime, timedelta

import pytest

from headrace._wire.states import StateType
from headrace.cli.failures import Misunderstood
from headrace.cli.reading.filtering import filters, instant_of

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


def test_nothing_asks_for_nothing() -> None:
    wanted = filters(flow_names=[], states=[], state_types=[], since=None)
    assert (wanted.flow, wanted.flow_run, wanted.are_set) == (None, None, False)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("failed", "Failed"),
        ("FAILED", "Failed"),
        ("awaitingretry", "AwaitingRetry"),
        ("AwaitingRetry", "AwaitingRetry"),
        ("My State", "My State"),
    ],
)
def test_a_state_is_named_in_any_case(typed: str, meant: str) -> None:
    wanted = filters(flow_names=[], states=[typed], state_types=[], since=None).flow_run
    assert wanted is not None
    assert wanted.state is not None
    assert wanted.state.name is not None
    assert wanted.state.name.any_ == [meant]


def test_all_that_is_asked_for_is_in_the_filters() -> None:
    wanted = filters(flow_names=["a", "b"], states=["Late"], state_types=["scheduled"], since=NOW)
    assert wanted.are_set
    assert wanted.flow is not None
    assert wanted.flow.model_dump(exclude_none=True)["name"] == {"any_": ["a", "b"]}
    assert wanted.flow_run is not None
    asked = wanted.flow_run.model_dump(exclude_none=True)
    assert asked["state"]["type"] == {"any_": [StateType.SCHEDULED]}
    assert asked["expected_start_time"] == {"after_": NOW}


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
