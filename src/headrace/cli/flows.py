"""`headrace flow`: the flows that have run."""

import click

from headrace._wire.schema import now
from headrace.cli.control_plane import control_plane
from headrace.cli.options import limit_option, output_option
from headrace.cli.reading.finding import find_flow
from headrace.cli.reading.flow_report import read_flow_report
from headrace.cli.reading.listing import list_flows
from headrace.cli.rendering.flows import flow_json, print_flow, print_flows
from headrace.cli.rendering.screen import print_json

__all__ = ["inspect", "ls"]


@click.command()
@limit_option
@output_option
def ls(limit: int, output: str | None) -> None:
    """List flows, the newest first, each with its newest run."""
    with control_plane() as client:
        listing = list_flows(client, limit)
    if output == "json":
        print_json([flow.model_dump(mode="json") for flow in listing.flows])
    else:
        print_flows(listing, now())


@click.command()
@click.argument("flow", metavar="NAME_OR_ID")
@output_option
def inspect(flow: str, output: str | None) -> None:
    """Show one flow: how its runs ended, and the newest of them.

    The flow is named by its name, by its id, or by an unambiguous beginning of that.
    """
    with control_plane() as client:
        report = read_flow_report(client, find_flow(client, flow))
    if output == "json":
        print_json(flow_json(report))
    else:
        print_flow(report, now())
