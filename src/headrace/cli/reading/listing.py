"""A list of flow runs, with what a table of them shows."""

from uuid import UUID

import msgspec

from headrace._wire.flow_runs import FlowRun
from headrace._wire.queries import FlowRunSort
from headrace.cli.reading.filtering import Filters
from headrace.cli.reading.flow_names import flow_names_of
from headrace.cli.reading.paging import pages
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["FlowRunListing", "read_listing"]


class FlowRunListing(msgspec.Struct, frozen=True):
    """The newest of the runs that were asked for, and how many there are in all."""

    runs: list[FlowRun]
    flow_names: dict[UUID, str]
    total: int


def read_listing(client: SyncHeadraceClient, wanted: Filters, limit: int) -> FlowRunListing:
    """At most `limit` of the runs that are `wanted`, the newest first."""
    found = pages(
        lambda count, offset: client.read_flow_runs(
            flow_filter=wanted.flow,
            flow_run_filter=wanted.flow_run,
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=count,
            offset=offset,
        ),
        limit,
    )
    runs = [run for page in found for run in page]
    total = client.count_flow_runs(flow_filter=wanted.flow, flow_run_filter=wanted.flow_run)
    return FlowRunListing(runs, flow_names_of(client, runs), total)
