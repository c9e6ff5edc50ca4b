"""What Prometheus is told: line by line as it reads it, with numbers that are right, and to nobody without password."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from headrace._kernel.ids import new_id
from headrace.client._http_sink import HttpSink
from headrace.server.api.run_counting import MOST_STATES, OTHER_NAMES
from headrace.server.metrics import Family, Histogram, Sample, rendered
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from tests.support import rows
from tests.support.journals import Teller, begun
from tests.support.listening import ear
from tests.support.postgres import postgres_schema
from tests.support.served import served

BOUND_SECONDS = 20
LINE = re.compile(r'([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\+Inf|-?[0-9.e+-]+)')

Numbers = dict[str, float]


def parsed(text: str) -> Numbers:
    """The numbers of a page by their names with labels; every line is one, or says what the next ones are."""
    assert text.endswith("\n")
    numbers: Numbers = {}
    kinds: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# HELP "):
            assert line.split(" ", 3)[3]
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in kinds
            kinds[name] = kind
        else:
            found = LINE.fullmatch(line)
            assert found is not None, line
            family = re.sub("_(bucket|sum|count)$", "", found[1]) if found[1] not in kinds else found[1]
            assert family.startswith("headrace_")
            assert kinds[family] in {"gauge", "counter", "histogram"}
            name = line.rpartition(" ")[0]
            assert name not in numbers
            numbers[name] = float(found[3])
    return numbers


def scraped(api_url: str) -> Numbers:
    answer = httpx.get(api_url.removesuffix("/api") + "/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.text)


def await_number(api_url: str, name: str, is_right: Callable[[float], bool]) -> None:
    deadline = time.monotonic() + BOUND_SECONDS
    while not is_right(scraped(api_url)[name]):
        assert time.monotonic() < deadline, name


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "postgres":
        with postgres_schema() as database_url:
            store = open_store(database_url)
            yield store
            store.close()
    else:
        store = open_store(f"sqlite:///{tmp_path}/headrace.db")
        yield store
        store.close()


def test_runs_are_counted_by_their_states(store: Store) -> None:
    rows.apply(
        store,
        rows.flow_run(rows.state("RUNNING", name="Running")),
        rows.flow_run(rows.state("RUNNING", name='A "name" \\ with\nall')),
        rows.task_run(rows.state("PENDING", 0, name="Pending")),
        *(rows.task_run(rows.state("FAILED", 0, name="Failed")) for _ in range(3)),
    )
    with served(store) as url:
        numbers = scraped(url)
    assert {name: count for name, count in numbers.items() if re.match("headrace_(flow|task)_runs", name)} == {
        'headrace_flow_runs{state_type="RUNNING",state_name="Running"}': 1,
        'headrace_flow_runs{state_type="RUNNING",state_name="A \\"name\\" \\\\ with\\nall"}': 1,
        'headrace_task_runs{state_type="PENDING",state_name="Pending"}': 1,
        'headrace_task_runs{state_type="FAILED",state_name="Failed"}': 3,
    }
    assert 0 <= numbers["headrace_run_counts_age_seconds"] < BOUND_SECONDS


def test_rare_states_have_one_name(sqlite_store: Store) -> None:
    some = [rows.flow_run(rows.state("RUNNING", name=f"Step {number}")) for number in range(MOST_STATES + 7)]
    rows.apply(sqlite_store, *some)
    with served(sqlite_store) as url:
        numbers = scraped(url)
    assert numbers[f'headrace_flow_runs{{state_type="RUNNING",state_name="{OTHER_NAMES}"}}'] == 7
    assert sum(name.startswith("headrace_flow_runs") for name in numbers) == MOST_STATES + 1


def test_runs_are_not_counted_at_each_scrape(sqlite_store: Store) -> None:
    with served(sqlite_store) as url:
        assert not any(name.startswith("headrace_flow_runs") for name in scraped(url))
        rows.apply(sqlite_store, rows.flow_run())
        assert not any(name.startswith("headrace_flow_runs") for name in scraped(url))


def test_answers_are_counted_by_route_and_status(api_url: str) -> None:
    httpx.post(f"{api_url}/flows/filter")
    httpx.post(f"{api_url}/flows/filter", json={"limit": "many"})
    httpx.get(f"{api_url}/flows/{'0' * 8}-0000-0000-0000-{'0' * 12}")
    for number in range(20):
        assert httpx.get(f"{api_url}/no/such/path/{number}").status_code == 404
    requests = {name: count for name, count in scraped(api_url).items() if name.startswith("headrace_requests_total")}
    assert requests == {
        'headrace_requests_total{route="(none)",status="4xx"}': 20,
        'headrace_requests_total{route="read_flow",status="4xx"}': 1,
        'headrace_requests_total{route="read_flows",status="2xx"}': 1,
        'headrace_requests_total{route="read_flows",status="4xx"}': 1,
    }


def test_operations_are_measured(store: Store) -> None:
    with served(store) as url:
        before = scraped(url)
        httpx.post(f"{url}/flows/", json={"name": "flow"})
        httpx.post(f"{url}/flows/filter")
        after = scraped(url)
    for kind in ("read", "write"):
        count = f'headrace_store_operation_seconds_count{{kind="{kind}"}}'
        assert after[count] - before[count] == 1
        assert after[f'headrace_store_operation_seconds_bucket{{kind="{kind}",le="+Inf"}}'] == after[count]


def test_streams_go_up_and_down(api_url: str) -> None:
    name = 'headrace_streams_open{kind="/api/logs/out"}'
    assert scraped(api_url)[name] == 0
    with ear(api_url, "/logs/out"), ear(api_url, "/logs/out"):
        assert scraped(api_url)[name] == 2
    await_number(api_url, name, lambda count: count == 0)


def test_what_is_reported_late_shows(api_url: str) -> None:
    teller, sink = Teller(), HttpSink(api_url)
    sink.ingest(teller.batch(begun(new_id())))  # at the beginning of 1970
    sink.close()
    numbers = scraped(api_url)
    assert numbers["headrace_ingest_lag_seconds_count"] == 1
    assert numbers['headrace_ingest_lag_seconds_bucket{le="3600"}'] == 0


def test_a_password_guards_the_page(sqlite_store: Store) -> None:
    with served(sqlite_store, auth_string="ada:secret") as url:
        page = url.removesuffix("/api") + "/metrics"
        assert httpx.get(page).status_code == 401
        assert httpx.get(page, auth=("ada", "wrong")).status_code == 401
        numbers = parsed(httpx.get(page, auth=("ada", "secret")).text)
    assert numbers['headrace_requests_total{route="(none)",status="4xx"}'] == 2


def test_a_server_can_be_without(sqlite_store: Store) -> None:
    with served(sqlite_store, has_metrics=False) as url:
        assert httpx.get(url.removesuffix("/api") + "/metrics").status_code == 404
        assert httpx.get(f"{url}/health").status_code == 200


def test_buckets_hold_what_is_below_them() -> None:
    histogram = Histogram((0.5, 2.0))
    for seconds in (0.25, 0.5, 1.0, 4.0):
        histogram.observe(seconds)
    text = rendered([Family("headrace_x_seconds", "histogram", "Of a \\ test.", histogram.samples({"kind": "a"}))])
    assert text.splitlines() == [
        "# HELP headrace_x_seconds Of a \\\\ test.",
        "# TYPE headrace_x_seconds histogram",
        'headrace_x_seconds_bucket{kind="a",le="0.5"} 2',
        'headrace_x_seconds_bucket{kind="a",le="2"} 3',
        'headrace_x_seconds_bucket{kind="a",le="+Inf"} 4',
        'headrace_x_seconds_sum{kind="a"} 5.75',
        'headrace_x_seconds_count{kind="a"} 4',
    ]
    assert rendered([Family("headrace_x", "gauge", "X.", [Sample(0.125)])]).endswith("headrace_x 0.125\n")
