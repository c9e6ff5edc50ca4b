"""Queries of several aggregates at once, and filters of task runs, flows and lines, answer what the oracle answers."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headrace._kernel.ids import id_text, new_id
from headrace._wire.queries import FlowQuery, FlowRunQuery, TaskRunQuery
from headrace.server.api.queries import filters_of
from headrace.server.store import flow_runs, flows, logs, task_runs
from headrace.server.store.changes import FlowRow
from headrace.server.store.transactions import Store
from tests.conformance.filter_oracle import Oracle, instant
from tests.support.databases import DATABASES, empty_store
from tests.support.rows import AT, apply, flow_run, line, state, task_run

FLOW_NAMES = ("hello", "Goodbye", "x", "without-runs")
NAMES = ("able-otter", "Able-Fox", "50%", "a_b", "O'Hara \\", "\u00fcber")
TAGS = ("a", "b", 'quo"te')
TYPES = ("PENDING", "RUNNING", "COMPLETED", "FAILED")
INSTANTS = tuple(AT + number for number in range(4))
LEVELS = (10, 20, 40)


class World:
    """A few rows of every aggregate, in which every value and every absence occurs."""

    def __init__(self) -> None:
        pick = random.Random(11)
        self.flows = [FlowRow(new_id(), name, AT, tuple(pick.sample(TAGS, pick.randrange(3)))) for name in FLOW_NAMES]
        self.flow_runs = [self._flow_run(pick) for _ in range(14)]
        callers = [None, new_id(), *(run.id for run in self.flow_runs[:8])]
        self.task_runs = [self._task_run(pick, pick.choice(callers)) for _ in range(30)]
        self.flow_runs += [self._flow_run(pick, pick.choice(self.task_runs).id) for _ in range(6)]
        self.lines = [
            line(
                f"line {number}",
                flow_run_id=pick.choice((None, self.flow_runs[0].id, self.flow_runs[1].id)),
                task_run_id=pick.choice((None, self.task_runs[0].id)),
                at=pick.choice(INSTANTS),
                level=pick.choice(LEVELS),
            )
            for number in range(20)
        ]
        self.oracle = Oracle(self.flows, self.flow_runs, self.task_runs)

    def _flow_run(self, pick: random.Random, parent: bytes | None = None) -> Any:
        return flow_run(
            state(pick.choice(TYPES), 1),
            flow_name=pick.choice(FLOW_NAMES[:3]),
            name=pick.choice(NAMES),
            tags=tuple(pick.sample(TAGS, pick.randrange(3))),
            parent_task_run_id=parent,
            start_at=pick.choice((None, *INSTANTS)),
            expected_start_at=pick.choice(INSTANTS),
        )

    def _task_run(self, pick: random.Random, flow_run_id: bytes | None) -> Any:
        kind = pick.choice(TYPES)
        return task_run(
            state("PENDING", 0, pick.choice(INSTANTS)),
            state(kind, 1, AT + 9, name=pick.choice((kind.capitalize(), "Special"))),
            flow_run_id=flow_run_id,
            name=pick.choice(NAMES),
            tags=tuple(pick.sample(TAGS, pick.randrange(3))),
            start_at=pick.choice((None, *INSTANTS)),
            end_at=pick.choice((None, *INSTANTS)),
        )


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module", params=DATABASES)
def store(request: pytest.FixtureRequest, world: World, tmp_path_factory: Any) -> Iterator[Store]:
    with empty_store(request.param, tmp_path_factory.mktemp("related")) as store:
        apply(store, *world.flows, *world.flow_runs, *world.task_runs, *world.lines)
        yield store


def some(**operators: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A part of a filter, with any of its operators."""
    return st.fixed_dictionaries({}, optional=operators)


def lists(values: Any) -> st.SearchStrategy[list[Any]]:
    """Operands of the kind "one of these"."""
    return st.lists(st.sampled_from(list(values)), max_size=3)


JOINED = st.sampled_from(("and_", "or_"))
FLAG = st.booleans()
INSTANT = st.sampled_from(INSTANTS).map(instant)
LIKE = st.sampled_from(("a", "ABLE", "%", "_", "\\", "o'h", ""))
UNKNOWN = id_text(new_id())


def flow_filters(world: World) -> st.SearchStrategy[dict[str, Any]]:
    ids = [*(id_text(flow.id) for flow in world.flows), UNKNOWN]
    return some(
        operator=JOINED,
        id=some(any_=lists(ids), not_any_=lists(ids)),
        name=some(any_=lists((*FLOW_NAMES, "none")), like_=st.sampled_from(("O", "x", "-", ""))),
        tags=some(operator=JOINED, all_=lists(TAGS), is_null_=FLAG),
        deployment=some(operator=JOINED, is_null_=FLAG),
    )


def flow_run_filters(world: World) -> st.SearchStrategy[dict[str, Any]]:
    ids = [*(id_text(run.id) for run in world.flow_runs), UNKNOWN]
    return some(
        operator=JOINED,
        id=some(any_=lists(ids), not_any_=lists(ids)),
        name=some(any_=lists(NAMES), like_=LIKE),
        state=some(operator=JOINED, type=some(any_=lists(TYPES), not_any_=lists(TYPES))),
        start_time=some(before_=INSTANT, after_=INSTANT, is_null_=FLAG),
        parent_flow_run_id=some(operator=JOINED, any_=lists(ids)),
        parent_task_run_id=some(operator=JOINED, is_null_=FLAG),
    )


def task_run_filters(world: World) -> st.SearchStrategy[dict[str, Any]]:
    ids = [*(id_text(run.id) for run in world.task_runs), UNKNOWN]
    callers = [*(id_text(run.id) for run in world.flow_runs), UNKNOWN]
    return some(
        operator=JOINED,
        id=some(any_=lists(ids)),
        name=some(any_=lists(NAMES), like_=LIKE),
        tags=some(operator=JOINED, all_=lists(TAGS), is_null_=FLAG),
        state=some(
            operator=JOINED, type=some(any_=lists(TYPES)), name=some(any_=lists(("Running", "Special", "Pending")))
        ),
        start_time=some(before_=INSTANT, after_=INSTANT, is_null_=FLAG),
        end_time=some(before_=INSTANT, after_=INSTANT, is_null_=FLAG),
        expected_start_time=some(before_=INSTANT, after_=INSTANT),
        subflow_runs=some(exists_=FLAG),
        flow_run_id=some(operator=JOINED, any_=lists(callers), is_null_=FLAG),
    )


def queries(world: World) -> st.SearchStrategy[dict[str, Any]]:
    """Queries of any aggregates; nearly none asks for those that have no rows."""
    none = st.none()
    return some(
        flows=st.one_of(none, flow_filters(world)),
        flow_runs=st.one_of(none, flow_run_filters(world)),
        task_runs=st.one_of(none, task_run_filters(world)),
    )


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_a_query_finds_the_flows_that_it_asks_for(store: Store, world: World, data: st.DataObject) -> None:
    query = data.draw(queries(world))
    expected = {flow.name for flow in world.flows if world.oracle.query("flows", flow, query)}
    with store.read() as tx:
        for asked in (query, filters_of(FlowQuery.model_validate(query))):
            assert {flow.name for flow in flows.read_many(tx, asked)} == expected
            assert flows.count(tx, asked) == len(expected)


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_a_query_finds_the_flow_runs_that_it_asks_for(store: Store, world: World, data: st.DataObject) -> None:
    query = data.draw(queries(world))
    expected = {run.id for run in world.flow_runs if world.oracle.query("flow_runs", run, query)}
    with store.read() as tx:
        for asked in (query, filters_of(FlowRunQuery.model_validate(query))):
            assert {run.id for run in flow_runs.read_many(tx, asked)} == expected
            assert flow_runs.count(tx, asked) == len(expected)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_query_finds_the_task_runs_that_it_asks_for(store: Store, world: World, data: st.DataObject) -> None:
    query = data.draw(queries(world))
    expected = {run.id for run in world.task_runs if world.oracle.query("task_runs", run, query)}
    with store.read() as tx:
        for asked in (query, filters_of(TaskRunQuery.model_validate(query))):
            assert {run.id for run in task_runs.read_many(tx, asked)} == expected
            assert task_runs.count(tx, asked) == len(expected)


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_a_filter_finds_the_lines_that_it_asks_for(store: Store, world: World, data: st.DataObject) -> None:
    flow_run_ids = [id_text(run.id) for run in world.flow_runs[:2]]
    level = st.sampled_from((*LEVELS, 30, 10**30, -(10**30)))
    wire = data.draw(
        some(
            operator=JOINED,
            level=some(ge_=level, le_=level),
            timestamp=some(before_=INSTANT, after_=INSTANT),
            flow_run_id=some(any_=lists([*flow_run_ids, UNKNOWN])),
            task_run_id=some(any_=lists([id_text(world.task_runs[0].id)]), is_null_=FLAG),
        )
    )
    expected = sorted(one.message for one in world.lines if world.oracle.line(one, wire))
    with store.read() as tx:
        assert sorted(one.message for one in logs.read_many(tx, wire)) == expected
        assert logs.count(tx, wire) == len(expected)


@pytest.mark.parametrize("absent", ["deployments", "work_pools", "work_pool_queues", "work_queues"])
def test_nothing_belongs_to_what_does_not_exist_yet(store: Store, world: World, absent: str) -> None:
    with store.read() as tx:
        for wire in ({}, {"id": {"any_": []}}):
            assert flows.count(tx, {absent: wire}) == flow_runs.count(tx, {absent: wire}) == 0
            assert task_runs.count(tx, {absent: wire}) == 0
        assert flow_runs.count(tx, {absent: None}) == len(world.flow_runs)
