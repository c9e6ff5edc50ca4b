"""Makes a flow run over the API: with an idempotency key at most once."""

import msgspec
from msgspec.structs import replace

from headrace._kernel.ids import id_text, new_id, state_id
from headrace._records import StateRecord
from headrace.exceptions import ObjectNotFound
from headrace.server.orchestration.facts import Proposal
from headrace.server.orchestration.placing import placed
from headrace.server.orchestration.progress import entered
from headrace.server.store import flow_runs, flows, hot
from headrace.server.store.changes import Changes
from headrace.server.store.facts import FlowRunFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided
from headrace.server.usecases.flow_run_rows import flow_run_row, unborn
from headrace.server.usecases.labels import inherited
from headrace.server.usecases.stand_ins import stand_in_of, stand_in_rows

__all__ = ["NewFlowRun", "UnknownFlow", "create_flow_run"]


class UnknownFlow(ObjectNotFound):
    """A run was to be made of a flow that does not exist."""


class NewFlowRun(msgspec.Struct, frozen=True):
    """A flow run to make. What is bytes is JSON."""

    flow_id: bytes
    name: str
    state: StateRecord  # where it starts; see `propose_state.state_over_api`
    parameters: bytes = b"{}"
    context: bytes = b"{}"
    policy: bytes = b"{}"
    labels: bytes = b"{}"
    tags: tuple[str, ...] = ()
    parent_task_run_id: bytes | None = None
    flow_version: str | None = None
    idempotency_key: str | None = None
    job_variables: bytes | None = None


def create_flow_run(store: Store, wanted: NewFlowRun, *, now: int) -> tuple[FlowRunFacts, bool]:
    """The run, and whether this call made it: one of the same flow with the same idempotency key is answered as it is.

    Raises UnknownFlow, and StoreUnavailable where the store cannot be used now.
    """
    run_id = new_id()
    return decided(lambda is_again: _create(store, run_id, wanted, now))


def _create(store: Store, run_id: bytes, wanted: NewFlowRun, now: int) -> tuple[FlowRunFacts, bool]:
    with store.read() as tx:
        flow = flows.read(tx, wanted.flow_id)
        key = wanted.idempotency_key
        known = None if key is None else flow_runs.read_by_idempotency_key(tx, wanted.flow_id, key)
        stand_in = stand_in_of(tx, wanted.parent_task_run_id)
    if flow is None:
        raise UnknownFlow(help_message=f"There is no flow {id_text(wanted.flow_id)} to make a run of.")
    if known is not None:
        return known, False
    facts = unborn(
        run_id,
        flow.id,
        flow.name,
        wanted.name,
        now,
        parameters=wanted.parameters,
        tags=wanted.tags,
        labels=inherited(flow.labels, "prefect.flow.id", flow.id, wanted.labels),
        context=wanted.context,
        policy=wanted.policy,
        parent_task_run_id=wanted.parent_task_run_id,
        flow_version=wanted.flow_version,
        idempotency_key=wanted.idempotency_key,
        job_variables=wanted.job_variables,
    )
    state = placed(facts, Proposal(wanted.state))
    facts = entered(facts, state, None)
    changes = Changes(
        flow_runs=(flow_run_row(None, facts, (state,), now),), task_runs=stand_in_rows(stand_in, run_id, state, now)
    )
    with store.step() as tx:
        hot.apply(tx, changes)
    return replace(facts, state_id=state_id(run_id, state.attempt, state.ordinal)), True
