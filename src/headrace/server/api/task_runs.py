"""Handlers of the routes about task runs."""

from uuid import UUID

from headrace._kernel import clock
from headrace._wire.queries import TaskRunCount, TaskRunPageQuery, TaskRunQuery
from headrace._wire.task_runs import TaskRun, TaskRunPaginationResponse, TaskRunResponse
from headrace.exceptions import ObjectNotFound
from headrace.server.api import rendering
from headrace.server.api.queries import filters_of, numbered, page_limit
from headrace.server.store import task_runs
from headrace.server.store.transactions import Store

__all__ = ["count_task_runs", "paginate_task_runs", "read_task_run", "read_task_runs"]


def read_task_run(store: Store, run_id: UUID) -> TaskRun:
    """A task run by its id."""
    with store.read() as tx:
        found = task_runs.read(tx, run_id.bytes)
        inputs = task_runs.inputs(tx, (run_id.bytes,))
    if found is None:
        raise ObjectNotFound(help_message=f"There is no task run {run_id}.")
    return rendering.task_run(found, inputs.get(found.id, ()), clock.now())


def read_task_runs(store: Store, query: TaskRunQuery) -> list[TaskRun]:
    """Task runs that fit the filters."""
    limit = page_limit(query.limit)
    with store.read() as tx:
        found = task_runs.read_many(tx, filters_of(query), sort=query.sort.value, limit=limit, offset=query.offset)
        inputs = task_runs.inputs(tx, [run.id for run in found])
    now = clock.now()
    return [rendering.task_run(run, inputs.get(run.id, ()), now) for run in found]


def count_task_runs(store: Store, query: TaskRunCount) -> int:
    """How many task runs fit the filters."""
    with store.read() as tx:
        return task_runs.count(tx, filters_of(query))


def paginate_task_runs(store: Store, query: TaskRunPageQuery) -> TaskRunPaginationResponse:
    """One page of the task runs that fit the filters."""
    limit, asked = page_limit(query.limit), filters_of(query)
    with store.read() as tx:
        found = task_runs.read_many(tx, asked, sort=query.sort.value, limit=limit, offset=(query.page - 1) * limit)
        inputs = task_runs.inputs(tx, [run.id for run in found])
        count = task_runs.count(tx, asked)
    now = clock.now()
    runs = [
        TaskRunResponse.model_validate(rendering.task_run_fields(run, inputs.get(run.id, ()), now)) for run in found
    ]
    return TaskRunPaginationResponse(results=runs, **numbered(count, limit, query.page))
