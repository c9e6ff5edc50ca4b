"""Filters and orders answer what a plain reading of them in Python answers, on both databases."""

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace._kernel.ids import id_text, new_id
from headrace._wire.filters import FlowFilter, FlowRunFilter, LogFilter, TaskRunFilter
from headrace.server.store import flow_runs, flows, logs, task_runs
from headrace.server.store.changes import FlowRow, FlowRunRow, TaskRunRow
from headrace.server.store.filters import FLOW_RUN_ORDERS, FLOW_RUNS, FLOWS, LOGS, TASK_RUN_ORDERS, TASK_RUNS
from headrace.server.store.transactions import Store
from tests.conformance.filter_oracle import Oracle, instant
from tests.support.databases import DATABASES, empty_store
from tests.support.rows import AT, apply, flow_run, line, state, task_run

TYPES = ("SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED")
NAMES = ("able-otter", "Able-Fox", "50%", "a_b", "axb", "O'Hara \\", "\u00fcber")
TAGS = ("a", "b", "c d", 'quo"te')
FLOW_NAMES = ("hello", "Goodbye", "x")
INSTANTS = tuple(AT + number for number in range(5))


class Population:
    """Some runs in which every value and every absence occurs."""

    def __init__(self) -> None:
        pick = random.Random(7)
        self.flows = {name: FlowRow(new_id(), name, AT, ("t",) * (name == "x")) for name in FLOW_NAMES}
        self.callers = [flow_run(flow_name="x", tags=()) for _ in range(2)]
        self.stand_ins = [task_run(flow_run_id=pick.choice(self.callers).id) for _ in range(4)]
        self.runs = [*self.callers, *(self._run(pick, number) for number in range(120))]

    def _run(self, pick: random.Random, number: int) -> FlowRunRow:
        kind = pick.choice((*TYPES, None))
        current = None if kind is None else state(kind, 1, name=pick.choice((kind.capitalize(), "Special")))
        return flow_run(
            state=current,
            new_states=() if current is None else (current,),
            flow_name=pick.choice(FLOW_NAMES),
            name=pick.choice(NAMES),
            tags=tuple(pick.sample(TAGS, pick.randrange(4))),
            flow_version=pick.choice((None, "1", "2")),
            idempotency_key=pick.choice((None, f"key-{number}")),
            parent_task_run_id=pick.choice((None, *(run.id for run in self.stand_ins), new_id())),
            start_at=pick.choice((None, *INSTANTS)),
            end_at=pick.choice((None, *INSTANTS)),
            expected_start_at=pick.choice((None, *INSTANTS)),
            next_scheduled_at=pick.choice((None, *INSTANTS)),
        )


@pytest.fixture(scope="module")
def population() -> Population:
    return Population()


@pytest.fixture(scope="module", params=DATABASES)
def filled(request: pytest.FixtureRequest, population: Population, tmp_path_factory: Any) -> Iterator[Store]:
    with empty_store(request.param, tmp_path_factory.mktemp("filters")) as store:
        apply(store, *population.flows.values(), *population.runs, *population.stand_ins)
        yield store


def some(**operators: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A part of a filter, with any of its operators."""
    return st.fixed_dictionaries({}, optional=operators)


def lists(values: Any) -> st.SearchStrategy[list[Any]]:
    """Operands of the kind "one of these"."""
    return st.lists(st.sampled_from(list(values)), max_size=3)


def flow_run_filters(population: Population) -> st.SearchStrategy[dict[str, Any]]:
    """Filters on flow runs, over the values that occur and some that do not."""
    joined = st.sampled_from(("and_", "or_"))
    flag = st.booleans()
    at = st.sampled_from(INSTANTS).map(instant)
    ids = [id_text(run.id) for run in population.runs[:20]]
    parents = [id_text(run.id) for run in population.stand_ins]
    callers = [id_text(run.id) for run in population.callers]
    parts = {
        "id": some(any_=lists(ids), not_any_=lists(ids)),
        "name": some(any_=lists(NAMES), like_=st.sampled_from(("a", "ABLE", "%", "_", "\\", "o'h", ""))),
        "tags": some(operator=joined, all_=lists(TAGS), any_=lists(TAGS), is_null_=flag),
        "deployment_id": some(operator=joined, any_=lists(ids), is_null_=flag),
        "work_queue_name": some(operator=joined, any_=lists(("default",)), is_null_=flag),
        "created_by": some(operator=joined, id_=lists(ids), type_=lists(("AUTOMATION",)), is_null_=flag),
        "state": some(
            operator=joined,
            type=some(any_=lists(TYPES), not_any_=lists(TYPES)),
            name=some(any_=lists(("Running", "Special")), not_any_=lists(("Failed", "Special"))),
        ),
        "flow_version": some(any_=lists(("1", "3"))),
        "start_time": some(before_=at, after_=at, is_null_=flag),
        "end_time": some(before_=at, after_=at, is_null_=flag),
        "expected_start_time": some(before_=at, after_=at),
        "next_scheduled_start_time": some(before_=at, after_=at),
        "parent_flow_run_id": some(operator=joined, any_=lists(callers)),
        "parent_task_run_id": some(operator=joined, any_=lists(parents), is_null_=flag),
        "idempotency_key": some(any_=lists(("key-1", "key-2")), not_any_=lists(("key-3", "key-4"))),
    }
    return some(operator=joined, **parts)


@given(data=st.data())
@settings(max_examples=250, deadline=None)
def test_a_flow_run_filter_finds_what_it_says(filled: Store, population: Population, data: st.DataObject) -> None:
    wire = data.draw(flow_run_filters(population))
    oracle = Oracle(population.flows.values(), population.runs, population.stand_ins)
    expected = {run.id for run in population.runs if oracle.flow_run(run, wire)}
    with filled.read() as tx:
        found = flow_runs.read_many(tx, {"flow_runs": wire})
        assert {run.id for run in found} == expected
        assert flow_runs.count(tx, {"flow_runs": wire}) == len(expected)
        # As the API hands it on: ids, instants and enums instead of strings, and all that was not said as None.
        parsed = FlowRunFilter.model_validate(wire).model_dump()
        assert flow_runs.count(tx, {"flow_runs": parsed}) == len(expected)


FIELD_OF_ORDER: dict[str, Callable[[FlowRunRow], Any]] = {
    "ID_DESC": lambda run: run.id,
    "START_TIME": lambda run: run.expected_start_at if run.start_at is None else run.start_at,
    "EXPECTED_START_TIME": lambda run: run.expected_start_at,
    "NEXT_SCHEDULED_START_TIME": lambda run: run.next_scheduled_at,
    "END_TIME": lambda run: run.end_at,
}


@pytest.mark.parametrize("sort", FLOW_RUN_ORDERS)
def test_an_order_puts_nulls_last_and_pages_do_not_overlap(filled: Store, population: Population, sort: str) -> None:
    field = FIELD_OF_ORDER.get(sort) or FIELD_OF_ORDER.get(sort.rpartition("_")[0])
    with filled.read() as tx:
        whole = [run.id for run in flow_runs.read_many(tx, {}, sort=sort)]
        pages = [flow_runs.read_many(tx, {}, sort=sort, limit=17, offset=start) for start in range(0, len(whole), 17)]
    assert [run.id for page in pages for run in page] == whole
    assert len(set(whole)) == len(population.runs)
    if field is not None:  # names are put in order by each database's own collation
        runs = {run.id: run for run in population.runs}
        values = [field(runs[run_id]) for run_id in whole]
        said = [value for value in values if value is not None]
        assert values[len(said) :] == [None] * (len(values) - len(said))
        assert said == sorted(said, reverse=sort.endswith("DESC"))


def test_flow_runs_are_found_by_what_they_belong_to(filled: Store, population: Population) -> None:
    of_x = {run.id for run in population.runs if run.flow_name == "x"}
    with filled.read() as tx:
        found = flow_runs.read_many(tx, {"flows": {"tags": {"all_": ["t"]}}})
        assert {run.id for run in found} == of_x
        callers = flow_runs.read_many(tx, {"task_runs": {}})
        assert {run.id for run in callers} == {run.flow_run_id for run in population.stand_ins}
        assert flow_runs.count(tx, {"deployments": {}}) == 0
        assert flow_runs.count(tx, {"work_pools": None, "flow_runs": None}) == len(population.runs)


def test_flow_runs_are_counted_by_state(filled: Store, population: Population) -> None:
    with filled.read() as tx:
        counted = flow_runs.count_by_state(tx, {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}})
    running = [run.state.name for run in population.runs if run.state is not None and run.state.type == "RUNNING"]
    assert counted == {("RUNNING", name): running.count(name) for name in set(running)}


def test_a_run_is_found_by_its_idempotency_key(filled: Store, population: Population) -> None:
    keyed = next(run for run in population.runs if run.idempotency_key)
    with filled.read() as tx:
        flow_id = flows.read_by_name(tx, keyed.flow_name).id
        found = flow_runs.read_by_idempotency_key(tx, flow_id, keyed.idempotency_key)
        assert found.id == keyed.id
        assert flow_runs.read_by_idempotency_key(tx, flow_id, "unknown") is None


# Task runs, lines and flows, by examples.

CHILD = flow_run()
CALLER = flow_run(flow_name="calls")
STAND_IN = task_run(flow_run_id=CALLER.id, name="child-0", tags=("a", "b"), start_at=AT + 5, running_us=9)
CHILD_OF = flow_run(parent_task_run_id=STAND_IN.id)
LOOSE = task_run(state("RUNNING", 1, AT + 10), name="Loose", end_at=None)
FAILED = task_run(
    state("PENDING", 0), state("FAILED", 1, AT + 20), flow_run_id=CHILD.id, name="say-1", end_at=AT + 20, running_us=3
)
LINES = [
    line("Connection timeout", flow_run_id=CHILD.id, at=AT, level=40),
    line("connection lost, DEBUG", flow_run_id=CHILD.id, task_run_id=FAILED.id, at=AT + 1, level=10, logger="net"),
    line("50% done", flow_run_id=CALLER.id, at=AT + 2, level=20),
]


@pytest.fixture
def few(store: Store) -> Store:
    apply(store, CHILD, CALLER, CHILD_OF, STAND_IN, LOOSE, FAILED, *LINES)
    return store


TASK_RUN_CASES: list[tuple[dict[str, Any], list[TaskRunRow]]] = [
    ({}, [STAND_IN, LOOSE, FAILED]),
    ({"id": {"any_": [id_text(FAILED.id), str(UUID(int=1))]}}, [FAILED]),
    ({"name": {"any_": ["Loose"]}}, [LOOSE]),
    ({"name": {"like_": "L"}}, [STAND_IN, LOOSE]),
    ({"tags": {"all_": ["b", "a"]}}, [STAND_IN]),
    ({"tags": {"is_null_": True}}, [LOOSE, FAILED]),
    ({"state": {"type": {"any_": ["RUNNING", "FAILED"]}}}, [LOOSE, FAILED]),
    ({"state": {"name": {"any_": ["Completed"]}}}, [STAND_IN]),
    ({"start_time": {"is_null_": False}}, [STAND_IN]),
    ({"end_time": {"after_": instant(AT + 20)}}, [FAILED]),
    ({"expected_start_time": {"after_": instant(AT + 10)}}, [LOOSE]),
    ({"subflow_runs": {"exists_": True}}, [STAND_IN]),
    ({"subflow_runs": {"exists_": False}}, [LOOSE, FAILED]),
    ({"flow_run_id": {}}, [STAND_IN, FAILED]),
    ({"flow_run_id": {"is_null_": True, "any_": [id_text(CHILD.id)]}}, [LOOSE]),
    ({"flow_run_id": {"any_": [id_text(CHILD.id)]}}, [FAILED]),
    ({"flow_run_id": {"is_null_": True}, "name": {"any_": ["say-1"]}, "operator": "or_"}, [LOOSE, FAILED]),
]


@pytest.mark.parametrize(("wire", "expected"), TASK_RUN_CASES)
def test_a_task_run_filter_finds_what_it_says(few: Store, wire: dict[str, Any], expected: list[TaskRunRow]) -> None:
    with few.read() as tx:
        for query in (wire, TaskRunFilter.model_validate(wire).model_dump()):
            found = task_runs.read_many(tx, {"task_runs": query})
            assert {run.id for run in found} == {run.id for run in expected}
            assert task_runs.count(tx, {"task_runs": query}) == len(expected)


def test_task_runs_are_found_by_what_they_belong_to(few: Store) -> None:
    with few.read() as tx:
        assert [run.id for run in task_runs.read_many(tx, {"flows": {"name": {"any_": ["calls"]}}})] == [STAND_IN.id]
        of_child = task_runs.read_many(tx, {"flow_runs": {"id": {"any_": [id_text(CHILD.id)]}}})
        assert [run.id for run in of_child] == [FAILED.id]
        assert [run.id for run in task_runs.read_many(tx, {}, sort="DURATION_DESC")] == [
            STAND_IN.id,
            FAILED.id,
            LOOSE.id,
        ]
        for sort in TASK_RUN_ORDERS:
            assert len(task_runs.read_many(tx, {}, sort=sort)) == 3


LOG_CASES: list[tuple[dict[str, Any] | None, list[int]]] = [
    (None, [0, 1, 2]),
    ({}, [0, 1, 2]),
    ({"level": {"ge_": 20}}, [0, 2]),
    ({"level": {"ge_": 20, "le_": 30}}, [2]),
    ({"timestamp": {"after_": instant(AT + 1)}}, [1, 2]),
    ({"timestamp": {"before_": "2023-11-14T22:13:20Z"}}, [0]),
    ({"flow_run_id": {"any_": [id_text(CHILD.id)]}}, [0, 1]),
    ({"task_run_id": {"any_": [id_text(FAILED.id)]}}, [1]),
    ({"task_run_id": {"is_null_": True}}, [0, 2]),
    ({"text": {"query": "connection"}}, [0, 1]),
    ({"text": {"query": "CONNECTION -debug"}}, [0]),
    ({"text": {"query": '"connection timeout" done'}}, [0, 2]),
    ({"text": {"query": "+connection +lost"}}, [1]),
    ({"text": {"query": "net"}}, [1]),
    ({"text": {"query": "50%"}}, [2]),
    ({"text": {"query": "  "}}, [0, 1, 2]),
    ({"level": {"ge_": 40}, "text": {"query": "done"}, "operator": "or_"}, [0, 2]),
]


@pytest.mark.parametrize(("wire", "expected"), LOG_CASES)
def test_a_log_filter_finds_what_it_says(few: Store, wire: dict[str, Any] | None, expected: list[int]) -> None:
    messages = [LINES[number].message for number in expected]
    with few.read() as tx:
        for query in (wire, None if wire is None else LogFilter.model_validate(wire).model_dump()):
            assert [read.message for read in logs.read_many(tx, query)] == messages
            assert logs.count(tx, query) == len(expected)
        backwards = logs.read_many(tx, wire, sort="TIMESTAMP_DESC")
        assert [read.message for read in backwards] == messages[::-1]
        assert [read.message for read in logs.read_many(tx, wire, limit=1, offset=1)] == messages[1:2]


FLOW_CASES: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["calls", "hello"]),
    ({"name": {"like_": "CALL"}}, ["calls"]),
    ({"name": {"any_": ["hello", "no"]}}, ["hello"]),
    ({"deployment": {"is_null_": True}}, ["calls", "hello"]),
    ({"deployment": {"is_null_": False}}, []),
    ({"tags": {"is_null_": False}}, []),
]


@pytest.mark.parametrize(("wire", "expected"), FLOW_CASES)
def test_a_flow_filter_finds_what_it_says(few: Store, wire: dict[str, Any], expected: list[str]) -> None:
    with few.read() as tx:
        for query in (wire, FlowFilter.model_validate(wire).model_dump()):
            assert [flow.name for flow in flows.read_many(tx, {"flows": query})] == expected
            assert flows.count(tx, {"flows": query}) == len(expected)


def test_flows_are_found_by_their_runs(few: Store) -> None:
    with few.read() as tx:
        by_task = flows.read_many(tx, {"task_runs": {"state": {"type": {"any_": ["FAILED"]}}}})
        assert [flow.name for flow in by_task] == ["hello"]
        assert [flow.name for flow in flows.read_many(tx, {"flow_runs": {}}, sort="NAME_DESC")] == ["hello", "calls"]
        for sort in ("CREATED_DESC", "UPDATED_DESC"):
            assert flows.count(tx, {}) == len(flows.read_many(tx, {}, sort=sort))


@pytest.mark.parametrize(
    ("schema", "table"),
    [(FlowFilter, FLOWS), (FlowRunFilter, FLOW_RUNS), (TaskRunFilter, TASK_RUNS), (LogFilter, LOGS)],
)
def test_every_field_of_the_wire_is_compiled(schema: Any, table: Mapping[str, Any]) -> None:
    assert set(table) == set(schema.model_fields) - {"operator"}
    for name, field in schema.model_fields.items():
        rule = table.get(name)
        if isinstance(rule, Mapping):
            part = next(kind for kind in field.annotation.__args__ if kind is not type(None))
            assert set(part.model_fields) - {"operator"} <= set(rule), name
