"""Instants and durations as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from headrace.cli.rendering.moments import duration, local_time, relative

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=4), "just now"),
        (timedelta(seconds=-4), "just now"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=29), "29 d ago"),
        (timedelta(minutes=-5), "in 5 min"),
        (timedelta(days=-2), "in 2 d"),
    ],
)
def test_an_instant_is_told_by_its_distance(ago: timedelta, said: str) -> None:
    assert relative(NOW - ago, NOW) == said


def test_an_instant_long_ago_is_told_by_its_date() -> None:
    assert relative(NOW - timedelta(days=60), NOW) == f"{(NOW - timedelta(days=60)).astimezone():%Y-%m-%d}"


def test_a_local_time_says_how_long_ago_it_is() -> None:
    at = NOW - timedelta(minutes=3)
    assert local_time(at, NOW) == f"{at.astimezone():%Y-%m-%d %H:%M:%S} (3 min ago)"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(), "0 us"),
        (timedelta(microseconds=-1), "0 us"),
        (timedelta(microseconds=949), "949 us"),
        (timedelta(microseconds=950), "1 ms"),
        (timedelta(milliseconds=99), "99 ms"),
        (timedelta(milliseconds=100), "0.1 s"),
        (timedelta(seconds=9.94), "9.9 s"),
        (timedelta(seconds=9.96), "10 s"),
        (timedelta(seconds=59.4), "59 s"),
        (timedelta(seconds=59.6), "1 min"),
        (timedelta(seconds=65), "1 min 5 s"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5, seconds=59), "2 h 5 min"),
        (timedelta(days=3, hours=4), "3 d 4 h"),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(length: timedelta, said: str) -> None:
    assert duration(length) == said
