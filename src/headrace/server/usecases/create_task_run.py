"""Makes a task run over the API: of the same flow run with the same keys at most once."""

import msgspec

from headrace._kernel.ids import id_text, new_id
from headrace._records import StateRecord, TaskRunCreated
from headrace.exceptions import ObjectNotFound
from headrace.server.store import flow_runs, hot, task_run_details, task_runs
from headrace.server.store.changes import Changes
from headrace.server.store.errors import StaleFacts
from headrace.server.store.facts import FlowRunFacts, TaskRunFacts
from headrace.server.store.task_run_details import TaskRunDetails
from headrace.server.store.transactions import Store, Tx
from headrace.server.usecases.labels import inherited
from headrace.server.usecases.task_reports import merged_row

__all__ = ["NewTaskRun", "TaskRunKnown", "UnknownFlowRun", "create_task_run"]


class UnknownFlowRun(ObjectNotFound):
    """A task run was to be made of a flow run that does not exist."""


class TaskRunKnown(Exception):
    """The id of a new task run is that of another."""


class NewTaskRun(msgspec.Struct, frozen=True):
    """A task run to make. What is bytes is JSON; `inputs` are the task runs whose results it is given."""

    id: bytes | None
    flow_run_id: bytes | None
    name: str
    task_key: str
    dynamic_key: str
    state: StateRecord  # where it starts
    tags: tuple[str, ...] = ()
    task_version: str | None = None
    inputs: tuple[tuple[str, tuple[bytes, ...]], ...] = ()
    other_inputs: bytes = b"{}"
    labels: bytes = b"{}"
    policy: bytes = b"{}"
    cache_key: str | None = None
    cache_expiration_at: int | None = None


def create_task_run(store: Store, wanted: NewTaskRun, *, now: int) -> tuple[TaskRunFacts, bool]:
    """The run, and whether this call made it. Raises UnknownFlowRun and TaskRunKnown."""
    run_id = wanted.id or new_id()
    try:
        with store.write() as tx:
            flow_run = _flow_run(tx, wanted)
            known = _known(tx, wanted)
            if known is not None:
                return known, False
            _write(tx, run_id, wanted, flow_run, now)
            made = task_runs.read(tx, run_id)
    except StaleFacts:  # somebody made it, or deleted its flow run, since it was looked for
        raise TaskRunKnown(f"The task run {id_text(run_id)} was made or deleted at the same time.") from None
    assert made is not None, "a task run that was made is there"
    return made, True


def _flow_run(tx: Tx, wanted: NewTaskRun) -> FlowRunFacts | None:
    if wanted.flow_run_id is None:
        return None
    found = flow_runs.read(tx, wanted.flow_run_id)
    if found is None:
        raise UnknownFlowRun(help_message=f"There is no flow run {id_text(wanted.flow_run_id)} for a task run.")
    return found


def _known(tx: Tx, wanted: NewTaskRun) -> TaskRunFacts | None:
    """The run that was made with these keys; TaskRunKnown where another bears the id."""
    if wanted.flow_run_id is not None:
        of_keys = task_runs.read_by_keys(tx, wanted.flow_run_id, wanted.task_key, wanted.dynamic_key)
        if of_keys is not None:
            return of_keys
    of_id = None if wanted.id is None else task_runs.read(tx, wanted.id)
    if of_id is None:
        return None
    keys = (of_id.flow_run_id, of_id.task_key, of_id.dynamic_key)
    if keys != (wanted.flow_run_id, wanted.task_key, wanted.dynamic_key):
        raise TaskRunKnown(f"The id {id_text(of_id.id)} is that of another task run, {of_id.name!r}.")
    return of_id


def _write(tx: Tx, run_id: bytes, wanted: NewTaskRun, flow_run: FlowRunFacts | None, now: int) -> None:
    state = wanted.state if flow_run is None else msgspec.structs.replace(wanted.state, attempt=flow_run.attempt)
    creation = TaskRunCreated(
        run_id,
        wanted.flow_run_id,
        wanted.name,
        wanted.task_key,
        state,
        tags=wanted.tags,
        inputs=wanted.inputs,
        dynamic_key=wanted.dynamic_key,
        task_version=wanted.task_version,
    )
    row = merged_row(run_id, None, creation, (state,), None, now)
    assert row is not None, "a run that the store does not have is new"
    hot.apply(tx, Changes(task_runs=(row,)))
    details = TaskRunDetails(
        run_id,
        wanted.policy,
        _labels(flow_run, wanted.labels),
        wanted.other_inputs,
        wanted.cache_key,
        wanted.cache_expiration_at,
    )
    task_run_details.create(tx, details)


def _labels(flow_run: FlowRunFacts | None, own: bytes) -> bytes:
    return own if flow_run is None else inherited(flow_run.labels, "prefect.flow-run.id", flow_run.id, own)
