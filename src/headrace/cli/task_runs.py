"""`headrace task-run`: what task runs did."""

from typing import Unpack

import click
from msgspec.structs import replace

from headrace._wire.filters import LogFilter, LogFilterTaskRunId
from headrace._wire.schema import now
from headrace.cli.control_plane import control_plane
from headrace.cli.filter_options import run_filters
from headrace.cli.log_commands import AskedLines, checked, log_options, show_lines
from headrace.cli.options import limit_option, output_option
from headrace.cli.reading.filtering import Asked, of_flow_run, task_run_filters
from headrace.cli.reading.finding import find_flow_run, find_task_run
from headrace.cli.reading.listing import list_task_runs
from headrace.cli.reading.task_run_report import read_task_run_report
from headrace.cli.rendering.screen import print_json
from headrace.cli.rendering.task_runs import print_task_run, print_task_runs, task_run_json

__all__ = ["inspect", "logs", "ls"]


@click.command()
@click.option("--flow-run", metavar="ID_OR_NAME", help="Only task runs of this flow run.")
@click.option("--task-run-name", "names", multiple=True, metavar="NAME", help="Only runs of this name; repeatable.")
@run_filters
@limit_option
@output_option
def ls(flow_run: str | None, names: tuple[str, ...], limit: int, output: str | None, **asked: Unpack[Asked]) -> None:
    """List task runs, the newest first."""
    wanted = task_run_filters(asked, names, now())
    with control_plane() as client:
        if flow_run is not None:
            wanted = replace(wanted, flow_run=of_flow_run(find_flow_run(client, flow_run).id))
        listing = list_task_runs(client, wanted, limit)
    if output == "json":
        print_json([run.model_dump(mode="json") for run in listing.runs])
    else:
        print_task_runs(listing, is_filtered=wanted.are_set, now=now())


@click.command()
@click.argument("task_run", metavar="ID_OR_NAME")
@output_option
def inspect(task_run: str, output: str | None) -> None:
    """Show one task run: its flow run, states and inputs.

    The run is named by its id, by an unambiguous beginning of it, or by its name.
    """
    with control_plane() as client:
        report = read_task_run_report(client, find_task_run(client, task_run))
    if output == "json":
        print_json(task_run_json(report))
    else:
        print_task_run(report, now())


@click.command()
@click.argument("task_run", metavar="ID_OR_NAME")
@log_options
@output_option
def logs(task_run: str, output: str | None, **asked: Unpack[AskedLines]) -> None:
    """Show the log of one task run.

    The run is named by its id, by an unambiguous beginning of it, or by its name. With --follow and --output json,
    each line is one JSON object.
    """
    checked(asked)
    with control_plane() as client:
        run = find_task_run(client, task_run)
        show_lines(
            client,
            LogFilter(task_run_id=LogFilterTaskRunId(any_=[run.id])),
            asked,
            lambda: client.read_task_run(run.id),
            flow_run_name="",
            whose=f"task run {run.name!r}",
            as_json=output == "json",
        )
