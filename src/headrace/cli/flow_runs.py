"""`headrace flow-run`: what flow runs did."""

import click

from headrace._wire.schema import now
from headrace.cli.control_plane import control_plane
from headrace.cli.failures import Misunderstood
from headrace.cli.options import output_option
from headrace.cli.reading.filtering import STATE_TYPES, filters, instant_of
from headrace.cli.reading.finding import find_flow_run
from headrace.cli.reading.flow_run_report import read_report
from headrace.cli.reading.listing import read_listing
from headrace.cli.reading.log_lines import read_lines
from headrace.cli.rendering.flow_runs import print_flow_runs, print_report, report_json
from headrace.cli.rendering.logs import print_lines
from headrace.cli.rendering.screen import print_json

__all__ = ["inspect", "logs", "ls"]

_DEFAULT_LINES = 20


@click.command()
@click.option("--flow-name", "flow_names", multiple=True, metavar="NAME", help="Only runs of this flow; repeatable.")
@click.option("--state", "states", multiple=True, metavar="NAME", help="Only runs in this state; repeatable.")
@click.option(
    "--state-type",
    "state_types",
    multiple=True,
    type=click.Choice(STATE_TYPES, case_sensitive=False),
    metavar="TYPE",
    help=f"Only runs in a state of this type ({', '.join(STATE_TYPES)}); repeatable.",
)
@click.option("--since", metavar="TIME", help="Only runs that started since: 30m, 2h, 7d, or a date.")
@click.option("--limit", type=click.IntRange(min=1), default=15, show_default=True, help="At most so many.")
@output_option
def ls(
    flow_names: tuple[str, ...],
    states: tuple[str, ...],
    state_types: tuple[str, ...],
    since: str | None,
    limit: int,
    output: str | None,
) -> None:
    """List flow runs, the newest first."""
    wanted = filters(
        flow_names=flow_names,
        states=states,
        state_types=state_types,
        since=instant_of(since, now()) if since else None,
    )
    with control_plane() as client:
        listing = read_listing(client, wanted, limit)
    if output == "json":
        print_json([run.model_dump(mode="json") for run in listing.runs])
    else:
        print_flow_runs(listing, is_filtered=wanted.are_set, now=now())


@click.command()
@click.argument("flow_run", metavar="ID_OR_NAME")
@output_option
def inspect(flow_run: str, output: str | None) -> None:
    """Show one flow run: its states, parameters and task runs.

    The run is named by its id, by an unambiguous beginning of it, or by its name.
    """
    with control_plane() as client:
        report = read_report(client, find_flow_run(client, flow_run), is_complete=output == "json")
    if output == "json":
        print_json(report_json(report))
    else:
        print_report(report, now())


@click.command()
@click.argument("flow_run", metavar="ID_OR_NAME")
@click.option("-h", "--head", is_flag=True, help=f"Only the first {_DEFAULT_LINES} lines.")
@click.option("-t", "--tail", is_flag=True, help=f"Only the last {_DEFAULT_LINES} lines.")
@click.option("-n", "--num-logs", type=click.IntRange(min=1), help="How many lines --head or --tail shows.")
@click.option("-r", "--reverse", is_flag=True, help="The newest line first.")
@output_option
def logs(flow_run: str, head: bool, tail: bool, num_logs: int | None, reverse: bool, output: str | None) -> None:
    """Show the log of one flow run.

    The run is named by its id, by an unambiguous beginning of it, or by its name.
    """
    if head and tail:
        raise Misunderstood("--head and --tail exclude each other: give one of them.")
    count = num_logs or (_DEFAULT_LINES if head or tail else None)
    with control_plane() as client:
        run = find_flow_run(client, flow_run)
        lines = read_lines(client, run, count=count, from_end=tail or reverse, newest_first=reverse)
        if output == "json":
            print_json([line.log.model_dump(mode="json") for line in lines])
        else:
            print_lines(lines, run)
