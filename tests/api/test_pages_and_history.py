"""Counts, numbered pages and histories of flows and runs, through every door."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.asking import Ask

MONDAY = datetime(2026, 11, 16, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


def text(at: datetime) -> str:
    """An instant as JSON has it."""
    return at.isoformat().replace("+00:00", "Z")


@pytest.fixture
def runs(ask: Ask) -> list[dict[str, Any]]:
    """Runs of two flows, the first of which were to start at 6:00, 6:59:59, 7:00 and 7:40 on a Monday."""
    load, save = (ask("create_flow", {"name": name}).body["id"] for name in ("load", "save"))
    starts = (MONDAY, MONDAY + HOUR - timedelta(seconds=1), MONDAY + HOUR, MONDAY + timedelta(minutes=100))
    made = [
        ask(
            "create_flow_run",
            {
                "flow_id": load,
                "name": f"load-{number}",
                "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": text(at)}},
            },
        ).body
        for number, at in enumerate(starts)
    ]
    return [*made, ask("create_flow_run", {"flow_id": save, "name": "save-0", "state": {"type": "RUNNING"}}).body]


def test_flows_are_counted_and_paged(ask: Ask, runs: list[dict[str, Any]]) -> None:
    assert ask("count_flows").body == 2
    assert ask("count_flows", {"flows": None, "flow_runs": {"name": {"any_": ["save-0"]}}}).body == 1
    first = ask("paginate_flows", {"limit": 1, "page": 1}).body
    assert [flow["name"] for flow in first.pop("results")] == ["load"]
    assert first == {"count": 2, "limit": 1, "pages": 2, "page": 1}
    beyond = ask("paginate_flows", {"limit": 1, "page": 10**30}).body
    assert (beyond["results"], beyond["pages"]) == ([], 2)
    nothing = ask("paginate_flows", {"limit": 0}).body
    assert nothing == {"results": [], "count": 2, "limit": 0, "pages": 0, "page": 1}
    assert ask("paginate_flows").body["limit"] == 200


@pytest.mark.parametrize("route", ["paginate_flows", "paginate_flow_runs", "paginate_task_runs"])
def test_a_page_that_cannot_be_is_refused(ask: Ask, route: str) -> None:
    refused = ask(route, {"page": 0})
    assert refused.status == 422
    assert refused.body["exception_detail"][0]["loc"] == ["body", "page"]
    for limit in (-1, 201):
        assert ask(route, {"limit": limit}).status == 422


def test_flow_runs_are_paged_in_order(ask: Ask, runs: list[dict[str, Any]]) -> None:
    pages = [ask("paginate_flow_runs", {"limit": 2, "page": page, "sort": "NAME_ASC"}).body for page in (1, 2, 3)]
    assert [[run["name"] for run in page["results"]] for page in pages] == [
        ["load-0", "load-1"],
        ["load-2", "load-3"],
        ["save-0"],
    ]
    assert {(page["count"], page["pages"]) for page in pages} == {(5, 3)}


def test_a_history_counts_runs_by_when_they_were_to_start(ask: Ask, runs: list[dict[str, Any]]) -> None:
    asked = {
        "history_start": text(MONDAY),
        "history_end": text(MONDAY + 1.5 * HOUR),
        "history_interval_seconds": 3600,
        "flows": {"name": {"any_": ["load"]}},
    }
    first, second = ask("flow_run_history", asked).body
    assert (first["interval_start"], first["interval_end"]) == (text(MONDAY), text(MONDAY + HOUR))
    # The last interval is whole, though the end is within it.
    assert [state["count_runs"] for interval in (first, second) for state in interval["states"]] == [2, 2]
    state = first["states"][0]
    assert (state["state_type"], state["state_name"], state["sum_estimated_run_time"]) == ("SCHEDULED", "Scheduled", 0)
    waited = 2 * (datetime.now(UTC) - MONDAY).total_seconds() - 3599
    assert state["sum_estimated_lateness"] == pytest.approx(waited, abs=60)


def test_a_history_has_its_bounds(ask: Ask) -> None:
    def history(start: datetime, end: datetime, seconds: Any) -> Any:
        body = {"history_start": text(start), "history_end": text(end), "history_interval_seconds": seconds}
        return ask("flow_run_history", body)

    assert history(MONDAY, MONDAY, 60).body == []
    assert history(MONDAY + HOUR, MONDAY, 60).body == []
    assert len(history(MONDAY - 1000 * HOUR, MONDAY, 60).body) == 500
    too_short = history(MONDAY, MONDAY + HOUR, 0.5)
    assert (too_short.status, too_short.body) == (422, {"detail": "History interval must not be less than 1 second."})
    for seconds in (1e300, "PT1H", None, []):
        refused = history(MONDAY, MONDAY + HOUR, seconds)
        assert (refused.status, refused.body["exception_detail"][0]["loc"]) == (
            422,
            ["body", "history_interval_seconds"],
        )
    last = history(datetime(9999, 12, 31, 23, tzinfo=UTC), datetime(9999, 12, 31, 23, 30, tzinfo=UTC), 3e9)
    assert last.body[0]["interval_end"].startswith("9999-12-31T23:59:59")


def test_an_instant_that_is_in_no_year_is_refused(ask: Ask) -> None:
    refused = ask("count_flow_runs", {"flow_runs": {"start_time": {"after_": "0001-01-01T00:00:00+14:00"}}})
    assert refused.status == 422
    assert refused.body["exception_detail"][0]["loc"] == ["body", "flow_runs", "start_time", "after_"]


def test_lateness_is_an_average(ask: Ask, runs: list[dict[str, Any]]) -> None:
    assert ask("average_flow_run_lateness", {"flow_runs": {"name": {"any_": ["none"]}}}).body is None
    assert ask("average_flow_run_lateness", {"flow_runs": {"name": {"any_": ["save-0"]}}}).body == 0
    waited = (datetime.now(UTC) - MONDAY).total_seconds()
    of_one = ask("average_flow_run_lateness", {"flow_runs": {"name": {"any_": ["load-0"]}}}).body
    assert of_one == pytest.approx(waited, abs=60)
    of_two = ask("average_flow_run_lateness", {"flow_runs": {"name": {"any_": ["load-0", "save-0"]}}}).body
    assert of_two == pytest.approx(waited / 2, abs=60)
