"""From a flow run's facts to the row that shall stand, with its fence; and the facts of a run that is not there yet."""

from headrace._records import StateRecord
from headrace.server.store.changes import FlowRunRow
from headrace.server.store.facts import FlowRunFacts

__all__ = ["flow_run_row", "unborn"]


def flow_run_row(
    read: FlowRunFacts | None, facts: FlowRunFacts, new_states: tuple[StateRecord, ...], now: int
) -> FlowRunRow:
    """The row for `facts`, which a run comes to from those that were `read` (None: it must not exist yet)."""
    return FlowRunRow(
        id=facts.id,
        flow_name=facts.flow_name,
        name=facts.name,
        created_at=facts.created_at,
        updated_at=now,
        attempt=facts.attempt,
        ordinal=facts.ordinal,
        state=facts.state,
        new_states=new_states,
        expected_state_id=read.state_id if read else None,
        is_new=read is None,
        parameters=facts.parameters,
        tags=facts.tags,
        labels=facts.labels,
        context=facts.context,
        policy=None if read is not None and read.policy == facts.policy else facts.policy,
        parent_task_run_id=facts.parent_task_run_id,
        flow_version=facts.flow_version,
        idempotency_key=facts.idempotency_key,
        run_count=facts.run_count,
        expected_start_at=facts.expected_start_at,
        next_scheduled_at=facts.next_scheduled_at,
        start_at=facts.start_at,
        end_at=facts.end_at,
        running_us=facts.running_us,
        journal_id=facts.journal_id,
        job_variables=facts.job_variables,
    )


def unborn(
    run_id: bytes,
    flow_id: bytes,
    flow_name: str,
    name: str,
    created_at: int,
    *,
    attempt: int = 1,
    parameters: bytes = b"{}",
    tags: tuple[str, ...] = (),
    labels: bytes = b"{}",
    context: bytes = b"{}",
    policy: bytes = b"{}",
    parent_task_run_id: bytes | None = None,
    flow_version: str | None = None,
    idempotency_key: str | None = None,
    job_variables: bytes | None = None,
) -> FlowRunFacts:
    """The facts of a flow run that is about to be made: it has no state, and nothing has happened to it."""
    return FlowRunFacts(
        id=run_id,
        flow_id=flow_id,
        flow_name=flow_name,
        name=name,
        created_at=created_at,
        updated_at=created_at,
        attempt=attempt,
        ordinal=-1,
        state_id=None,
        state=None,
        parameters=parameters,
        tags=tags,
        labels=labels,
        context=context,
        policy=policy,
        parent_task_run_id=parent_task_run_id,
        flow_version=flow_version,
        idempotency_key=idempotency_key,
        run_count=0,
        expected_start_at=None,
        next_scheduled_at=None,
        start_at=None,
        end_at=None,
        running_us=0,
        journal_id=None,
        job_variables=job_variables,
    )
