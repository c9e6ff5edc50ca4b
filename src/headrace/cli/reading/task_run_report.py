"""All that is told of one task run, gathered from the API for `headrace task-run inspect`."""

from typing import Any
from uuid import UUID

import msgspec

from headrace._wire.filters import FlowRunFilter, FlowRunFilterParentTaskRunId
from headrace._wire.flow_runs import FlowRun
from headrace._wire.states import State
from headrace._wire.task_runs import TaskRun, TaskRunResult
from headrace.cli.reading.names import task_run_names
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["TaskRunReport", "read_task_run_report"]


class TaskRunReport(msgspec.Struct, frozen=True):
    """A task run, and what belongs to it.

    `subflow_run` is the flow run that it stands for in its parent; `upstream` are the names, by id, of the task runs
    whose results it was given.
    """

    run: TaskRun
    flow_run: FlowRun | None
    subflow_run: FlowRun | None
    states: list[State[Any]]
    upstream: dict[UUID, str]


def read_task_run_report(client: SyncHeadraceClient, run: TaskRun) -> TaskRunReport:
    """Reads what belongs to `run`."""
    of_run = FlowRunFilter(parent_task_run_id=FlowRunFilterParentTaskRunId(any_=[run.id]))
    (subflow_run,) = client.read_flow_runs(flow_run_filter=of_run, limit=1) or (None,)
    given = [each.id for inputs in run.task_inputs.values() for each in inputs if isinstance(each, TaskRunResult)]
    return TaskRunReport(
        run,
        client.read_flow_run(run.flow_run_id) if run.flow_run_id is not None else None,
        subflow_run,
        client.read_task_run_states(run.id),
        task_run_names(client, given),
    )
