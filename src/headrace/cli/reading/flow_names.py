"""The names of the flows that runs belong to: runs on the wire tell their flow's id alone."""

from collections.abc import Iterable
from uuid import UUID

from headrace._wire.filters import FlowFilter, FlowFilterId
from headrace._wire.flow_runs import FlowRun
from headrace._wire.queries import PAGE_LIMIT
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["flow_names_of"]


def flow_names_of(client: SyncHeadraceClient, runs: Iterable[FlowRun]) -> dict[UUID, str]:
    """Flow id -> name, for the flows of these runs."""
    ids = list({run.flow_id for run in runs})
    return {
        flow.id: flow.name
        for start in range(0, len(ids), PAGE_LIMIT)
        for flow in client.read_flows(
            flow_filter=FlowFilter(id=FlowFilterId(any_=ids[start : start + PAGE_LIMIT])), limit=PAGE_LIMIT
        )
    }
