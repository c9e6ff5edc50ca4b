"""All that is told of one flow, gathered from the API for `headrace flow inspect`."""

import msgspec

from headrace._wire.filters import FlowFilter, FlowFilterId, FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from headrace._wire.flows import Flow
from headrace._wire.states import StateType
from headrace.cli.reading.listing import FlowRuns, flow_runs_of_flow
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["FlowReport", "read_flow_report"]

_SHOWN_RUNS = 10


class FlowReport(msgspec.Struct, frozen=True):
    """A flow, the newest of its runs, and how many are in a state of each type."""

    flow: Flow
    runs: FlowRuns
    by_state: dict[StateType, int]


def read_flow_report(client: SyncHeadraceClient, flow: Flow) -> FlowReport:
    """Reads what belongs to `flow`."""
    of_flow = FlowFilter(id=FlowFilterId(any_=[flow.id]))
    counts = {
        kind: client.count_flow_runs(
            flow_filter=of_flow,
            flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[kind]))),
        )
        for kind in StateType
    }
    by_state = {kind: count for kind, count in counts.items() if count}
    return FlowReport(flow, flow_runs_of_flow(client, flow.id, _SHOWN_RUNS), by_state)
