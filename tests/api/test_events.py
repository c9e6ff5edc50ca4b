"""Events, through every door."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from tests.support.asking import Ask

NOW = datetime.now(UTC).replace(microsecond=0)


def event(name: str = "door.opened", minutes_ago: float = 0, resource_id: str = "door.1", **fields: Any) -> Any:
    return {
        "id": str(uuid4()),
        "event": name,
        "occurred": (NOW - timedelta(minutes=minutes_ago)).isoformat(),
        "resource": {"prefect.resource.id": resource_id},
        **fields,
    }


def names(answered: Any) -> list[str]:
    assert answered.status == 200, answered.body
    return [one["event"] for one in answered.body["events"]]


def test_an_event_is_answered_as_it_was_told(ask: Ask) -> None:
    told = event(
        resource={"prefect.resource.id": "door.1", "color": "red"},
        related=[{"prefect.resource.id": "house.1", "prefect.resource.role": "house"}],
        payload={"a": [1, 2.5, None], "b": {"c": "\u00fc"}, "large": 10**30},
        follows=str(uuid4()),
    )
    assert ask("create_events", [told, told]).status == 204
    assert ask("create_events", [told]).status == 204
    answered = ask("read_events").body
    (read,) = answered["events"]
    assert datetime.fromisoformat(read.pop("received")) >= NOW
    assert datetime.fromisoformat(read.pop("occurred")) == datetime.fromisoformat(told.pop("occurred"))
    assert read == told
    assert (answered["total"], answered["next_page"]) == (1, None)


def test_what_a_database_does_not_take_is_left_out_and_the_rest_kept(ask: Ask) -> None:
    told = event("a\0b", resource={"prefect.resource.id": "d", "x\0": "y\0z"}, payload={"said": ["hi\0", {"\0": 1}]})
    assert ask("create_events", [told]).status == 204
    (read,) = ask("read_events").body["events"]
    kept = [read["event"], read["payload"]["said"][0], read["resource"].get("x\0") or read["resource"]["x"]]
    assert [text.replace("\0", "") for text in kept] == ["ab", "hi", "yz"]


def test_pages_are_followed_to_the_last(ask: Ask) -> None:
    assert ask("create_events", [event(f"number.{number}", number) for number in range(7)]).status == 204
    page = ask("read_events", {"filter": {"event": {"prefix": ["number."]}}, "limit": 3})
    seen = names(page)
    ask("create_events", [event("number.late")])  # what comes meanwhile is on none of the pages
    while page.body["next_page"]:
        link = urlsplit(page.body["next_page"])
        assert link.path == "/api/events/filter/next"
        page = ask("read_next_events", query={"page-token": parse_qs(link.query)["page-token"][0]})
        assert page.body["total"] == 7
        seen += names(page)
    assert seen == [f"number.{number}" for number in range(7)]
    assert names(ask("read_events", {"filter": {"order": "ASC"}, "limit": 1})) == ["number.6"]
    assert ask("read_events", {"limit": 0}).body["events"] == []


@pytest.mark.parametrize("token", ["", "zzz", "bm90IGpzb24=", "WzFd"])
def test_a_page_that_no_page_named_is_refused(ask: Ask, token: str) -> None:
    refused = ask("read_next_events", query={"page-token": token})
    assert refused.status == 422
    assert refused.body["exception_detail"][0]["loc"] == ["query", "page-token"]


def test_only_what_occurred_lately_is_found_unless_it_is_asked_for(ask: Ask) -> None:
    old, ahead = event("old", occurred="1970-01-02T00:00:00Z"), event("ahead", occurred="2100-01-01T00:00:00")
    ask("create_events", [old, event("lately"), ahead])
    assert names(ask("read_events")) == ["lately"]
    bounds = {"since": "1970-01-01T00:00:00Z", "until": "2101-01-01T00:00:00Z"}
    assert names(ask("read_events", {"filter": {"occurred": bounds}})) == ["ahead", "lately", "old"]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"resource": {"x": "y"}}, "resource"),
        ({"resource": {"prefect.resource.id": ""}}, "resource"),
        ({"resource": {"prefect.resource.id": "d", **{f"l{n}": "" for n in range(500)}}}, "resource"),
        ({"related": [{"prefect.resource.id": "d"}]}, "related"),
        ({"related": [{"prefect.resource.id": "d", "prefect.resource.role": "r"}] * 101}, "related"),
        ({"occurred": "yesterday"}, "occurred"),
        ({"id": "x"}, "id"),
    ],
)
def test_an_event_that_does_not_fit_is_refused_with_all_beside_it(ask: Ask, wrong: Any, where: str) -> None:
    refused = ask("create_events", [event("good"), event(**wrong)])
    assert refused.status == 422
    assert refused.body["exception_detail"][0]["loc"][:3] == ["body", 1, where]
    assert names(ask("read_events")) == []


SINCE = datetime(2026, 1, 5, 10, 30, tzinfo=UTC)  # a Monday
BOUNDS = {"since": "2026-01-05T10:00:00Z", "until": "2026-01-05T13:10:00Z"}


def counted(ask: Ask, countable: str, bounds: Any = BOUNDS, **asked: Any) -> list[tuple[str, str, int]]:
    answered = ask("count_events_by", {"filter": {"occurred": bounds}, **asked}, countable=countable)
    assert answered.status == 200, answered.body
    return [(one["value"], one["label"], one["count"]) for one in answered.body]


@pytest.fixture
def six(ask: Ask) -> None:
    """An event each 25 minutes."""
    told = [event(f"e{n % 2}", 0, f"r{n % 4}") for n in range(6)]
    for number, one in enumerate(told):
        one["occurred"] = (SINCE + timedelta(minutes=25 * number)).isoformat()
    told[0]["resource"]["prefect.resource.name"] = "Front"
    assert ask("create_events", told).status == 204


@pytest.mark.usefixtures("six")
def test_events_are_counted_by_what_they_are(ask: Ask) -> None:
    assert counted(ask, "event") == [("e0", "e0", 3), ("e1", "e1", 3)]
    assert counted(ask, "resource") == [("r0", "Front", 2), ("r1", "r1", 2), ("r2", "r2", 1), ("r3", "r3", 1)]
    (first, _) = ask("count_events_by", {"filter": {"occurred": BOUNDS}}, countable="event").body
    assert (first["start_time"], first["end_time"]) == ("2026-01-05T10:30:00Z", "2026-01-05T12:10:00Z")


@pytest.mark.usefixtures("six")
def test_events_are_counted_by_spans_of_time(ask: Ask) -> None:
    assert counted(ask, "day") == [("0", "2026-01-05T00:00:00+00:00", 6)]
    by_hour = counted(ask, "time", time_unit="hour")
    assert by_hour == [(str(n), f"2026-01-05T{10 + n}:00:00+00:00", (2, 2, 2, 0)[n]) for n in range(4)]
    assert [count for *_, count in counted(ask, "time", time_unit="hour", time_interval=0.5)] == [0, 2, 1, 1, 1, 1, 0]
    assert [count for *_, count in counted(ask, "time", time_unit="minute", time_interval=30)] == [0, 2, 1, 1, 1, 1, 0]
    week = {"since": "2026-01-07T00:00:00Z", "until": "2026-01-09T00:00:00Z"}
    assert counted(ask, "time", week, time_unit="week") == [("0", "2026-01-05T00:00:00+00:00", 0)]
    spans = ask("count_events_by", {"filter": {"occurred": BOUNDS}, "time_unit": "hour"}, countable="time").body
    assert (spans[0]["start_time"], spans[0]["end_time"]) == ("2026-01-05T10:00:00Z", "2026-01-05T10:59:59.999999Z")


def test_counts_that_nobody_could_read_are_refused(ask: Ask) -> None:
    too_many = ask("count_events_by", {"filter": {}, "time_unit": "second"}, countable="time")
    assert (too_many.status, "1000 buckets or fewer" in too_many.body["detail"]) == (422, True)
    assert ask("count_events_by", {"filter": {}}, countable="week").status == 422
    for day in ("0001-01-01", "9999-12-31"):
        bounds = {"since": f"{day}T00:00:00Z", "until": f"{day}T23:59:59.999999Z"}
        assert len(counted(ask, "time", bounds, time_unit="week")) == 1
    assert ask("count_events_by", {"filter": {}, "time_interval": 0}, countable="time").status == 422
