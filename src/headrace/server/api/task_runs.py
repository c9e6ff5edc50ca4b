"""Handlers of the routes about task runs."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from headrace._kernel import clock
from headrace._records import StateRecord
from headrace._wire.queries import TaskRunCount, TaskRunPageQuery, TaskRunQuery
from headrace._wire.schema import microseconds
from headrace._wire.states import OrchestrationResult, SetStateBody, StateCreate, StateType
from headrace._wire.task_runs import (
    TaskRun,
    TaskRunCreate,
    TaskRunPaginationResponse,
    TaskRunResponse,
    TaskRunResult,
    TaskRunUpdate,
)
from headrace.server.api import rendering
from headrace.server.api.dispatch import Made
from headrace.server.api.orchestrated import given_policy, given_state, task_run_answer
from headrace.server.api.queries import filters_of, numbered, page_limit
from headrace.server.store import task_run_details, task_runs
from headrace.server.store.facts import TaskRunFacts
from headrace.server.store.transactions import Store, Tx
from headrace.server.usecases import change_task_run
from headrace.server.usecases import create_task_run as creation
from headrace.server.usecases.propose_task_state import propose_task_state
from headrace.server.usecases.unknown import unknown

__all__ = [
    "count_task_runs",
    "create_task_run",
    "delete_task_run",
    "fields_of_runs",
    "new_task_run",
    "paginate_task_runs",
    "read_task_run",
    "read_task_runs",
    "set_task_run_state",
    "update_task_run",
]


def create_task_run(store: Store, body: TaskRunCreate) -> TaskRun | Made[TaskRun]:
    """Makes a task run; of the same flow run with the same keys, the one that is there is answered."""
    now = clock.now()
    run, is_made = creation.create_task_run(store, new_task_run(body, _first_state(body, now)), now=now)
    with store.read() as tx:
        answer = _rendered(tx, run, now)
    return Made(answer) if is_made else answer


def read_task_run(store: Store, run_id: UUID) -> TaskRun:
    """A task run by its id."""
    with store.read() as tx:
        found = task_runs.read(tx, run_id.bytes)
        if found is None:
            raise unknown("task run", run_id.bytes)
        return _rendered(tx, found, clock.now())


def read_task_runs(store: Store, query: TaskRunQuery) -> list[TaskRun]:
    """Task runs that fit the filters."""
    limit = page_limit(query.limit)
    with store.read() as tx:
        found = task_runs.read_many(tx, filters_of(query), sort=query.sort.value, limit=limit, offset=query.offset)
        fields = fields_of_runs(tx, found, clock.now())
    return [TaskRun.model_validate(of_run) for of_run in fields]


def count_task_runs(store: Store, query: TaskRunCount) -> int:
    """How many task runs fit the filters."""
    with store.read() as tx:
        return task_runs.count(tx, filters_of(query))


def paginate_task_runs(store: Store, query: TaskRunPageQuery) -> TaskRunPaginationResponse:
    """One page of the task runs that fit the filters."""
    limit, asked = page_limit(query.limit), filters_of(query)
    with store.read() as tx:
        found = task_runs.read_many(tx, asked, sort=query.sort.value, limit=limit, offset=(query.page - 1) * limit)
        fields = fields_of_runs(tx, found, clock.now())
        count = task_runs.count(tx, asked)
    results = [TaskRunResponse.model_validate(of_run) for of_run in fields]
    return TaskRunPaginationResponse(results=results, **numbered(count, limit, query.page))


def set_task_run_state(
    store: Store, run_id: UUID, body: SetStateBody
) -> OrchestrationResult[Any] | Made[OrchestrationResult[Any]]:
    """Proposes a state for a task run; the answer says whether it is the run's state now, and else why not."""
    now = clock.now()
    outcome = propose_task_state(store, run_id.bytes, given_state(body.state, now), now=now, is_forced=body.force)
    with store.read() as tx:
        run = task_runs.read(tx, run_id.bytes)
    answer = task_run_answer(run_id.bytes, None if run is None else run.flow_run_id, outcome)
    return Made(answer) if outcome.is_written else answer


def update_task_run(store: Store, run_id: UUID, body: TaskRunUpdate) -> None:
    """Changes a task run's name."""
    change_task_run.rename_task_run(store, run_id.bytes, body.name, now=clock.now())


def delete_task_run(store: Store, run_id: UUID) -> None:
    """Deletes a task run with its lines."""
    change_task_run.delete_task_run(store, run_id.bytes)


def fields_of_runs(tx: Tx, found: Sequence[TaskRunFacts], now: int) -> list[dict[str, Any]]:
    """Task runs as the fields of their schemas, with what else is stored of them."""
    run_ids = [run.id for run in found]
    inputs = task_runs.inputs(tx, run_ids)
    details = task_run_details.read_many(tx, run_ids)
    return [rendering.task_run_fields(run, inputs.get(run.id, ()), details.get(run.id), now) for run in found]


def _rendered(tx: Tx, run: TaskRunFacts, now: int) -> TaskRun:
    (fields,) = fields_of_runs(tx, (run,), now)
    return TaskRun.model_validate(fields)


def _first_state(body: TaskRunCreate, now: int) -> StateRecord:
    return given_state(body.state or StateCreate(type=StateType.PENDING), now)


def new_task_run(body: TaskRunCreate, state: StateRecord) -> creation.NewTaskRun:
    """A task run that is to be made, in this state, as the use cases take it."""
    expires = body.cache_expiration
    runs, others = _inputs(body)
    return creation.NewTaskRun(
        id=body.id.bytes if body.id else None,
        flow_run_id=body.flow_run_id.bytes if body.flow_run_id else None,
        name=body.name,
        task_key=body.task_key,
        dynamic_key=body.dynamic_key,
        state=state,
        tags=tuple(body.tags),
        task_version=body.task_version,
        inputs=runs,
        other_inputs=msgspec.json.encode(others),
        labels=msgspec.json.encode(body.labels or {}),
        policy=given_policy(body.empirical_policy),
        cache_key=body.cache_key,
        cache_expiration_at=None if expires is None else microseconds(expires),
    )


def _inputs(body: TaskRunCreate) -> tuple[tuple[tuple[str, tuple[bytes, ...]], ...], dict[str, list[Any]]]:
    """The inputs that are results of task runs, which make the run graph's edges, and all others as JSON values."""
    runs: list[tuple[str, tuple[bytes, ...]]] = []
    others: dict[str, list[Any]] = {}
    for parameter, given in body.task_inputs.items():
        run_ids = tuple(one.id.bytes for one in given if isinstance(one, TaskRunResult))
        if run_ids:
            runs.append((parameter, run_ids))
        if len(run_ids) < len(given) or not given:
            others[parameter] = [one.model_dump(mode="json") for one in given if not isinstance(one, TaskRunResult)]
    return tuple(runs), others
