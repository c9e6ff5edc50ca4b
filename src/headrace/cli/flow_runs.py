"""`headrace flow-run`: what flow runs did, what they do, and their deletion."""

import getpass
import sys
from typing import Unpack

import click

from headrace._kernel import clock
from headrace._wire.filters import LogFilter, LogFilterFlowRunId
from headrace._wire.schema import now
from headrace.cli.asking import agreed
from headrace.cli.control_plane import control_plane, wait_for_news
from headrace.cli.exit_codes import INTERRUPTED, OF_STATE_TYPES
from headrace.cli.failures import OutOfTime
from headrace.cli.filter_options import run_filters
from headrace.cli.log_commands import AskedLines, checked, log_options, show_lines
from headrace.cli.options import limit_option, output_option, yes_option
from headrace.cli.reading.filtering import Asked, flow_run_filters
from headrace.cli.reading.finding import find_flow_run
from headrace.cli.reading.flow_run_report import read_report
from headrace.cli.reading.listing import list_flow_runs
from headrace.cli.reading.watching import states_as_they_come
from headrace.cli.rendering.flow_runs import flow_runs_json, print_flow_runs, print_report, report_json
from headrace.cli.rendering.runs import print_entered
from headrace.cli.rendering.screen import print_json, say, tell
from headrace.states import Cancelling

__all__ = ["cancel", "delete", "inspect", "logs", "ls", "watch"]


@click.command()
@click.option("--name", "names", multiple=True, metavar="NAME", help="Only runs of this name; repeatable.")
@click.option("--parent", metavar="ID_OR_NAME", help="Only subflow runs that this flow run called.")
@click.option("--subflows/--no-subflows", default=True, help="List subflow runs, too (the default), or leave them out.")
@run_filters
@limit_option
@output_option
def ls(
    names: tuple[str, ...],
    parent: str | None,
    subflows: bool,
    limit: int,
    output: str | None,
    **asked: Unpack[Asked],
) -> None:
    """List flow runs, the newest first."""
    with control_plane() as client:
        caller = find_flow_run(client, parent).id if parent is not None else None
        wanted = flow_run_filters(asked, names, now(), caller=caller, subflows=subflows)
        listing = list_flow_runs(client, wanted, limit)
    if output == "json":
        print_json(flow_runs_json(listing))
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
@log_options
@output_option
def logs(flow_run: str, output: str | None, **asked: Unpack[AskedLines]) -> None:
    """Show the log of one flow run, of its task runs too.

    The run is named by its id, by an unambiguous beginning of it, or by its name. With --follow and --output json,
    each line is one JSON object.
    """
    checked(asked)
    with control_plane() as client:
        run = find_flow_run(client, flow_run)
        show_lines(
            client,
            LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id])),
            asked,
            lambda: client.read_flow_run(run.id),
            flow_run_name=run.name,
            whose=f"flow run {run.name!r}",
            as_json=output == "json",
        )


@click.command()
@click.argument("flow_run", metavar="ID_OR_NAME")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="Wait no longer than this.")
def watch(flow_run: str, timeout: float | None) -> None:
    """Wait for the end of a flow run, and show its states.

    The exit code says how it ended, as that of headrace run: 0 Completed, 1 Failed, 3 Crashed, 4 Cancelled; 124 where
    the time ran out.
    """
    deadline = None if timeout is None else clock.monotonic() + timeout
    with control_plane() as client:
        run = find_flow_run(client, flow_run)

        def pause() -> None:
            if deadline is not None and clock.monotonic() >= deadline:
                raise OutOfTime(f"The flow run {run.name!r} had not ended after {timeout:g} s; it goes on.")
            wait_for_news()

        say(f"{run.name} ({run.id})", bold=True)
        try:
            states = [print_entered(state) for state in states_as_they_come(client, run.id, pause)]
        except KeyboardInterrupt:
            tell("\nThe run goes on.")
            sys.exit(INTERRUPTED)
    sys.exit(OF_STATE_TYPES[states[-1].type.value])


@click.command()
@click.argument("flow_run", metavar="ID_OR_NAME")
def cancel(flow_run: str) -> None:
    """Cancel a flow run: at once where it has not begun, else by its process.

    The process of a run hears of it within 2 seconds, interrupts the flow and its subflows, and calls the hooks
    on_cancellation. Task runs that have begun in other threads have 5 seconds to end; others never begin. The run is
    Cancelling until then, and Cancelled after it. A flow that is cancelled is not tried again.
    """
    with control_plane() as client:
        run = find_flow_run(client, flow_run)
        answer = client.set_flow_run_state(run.id, Cancelling(message=f"Cancelled from the command line{_by_whom()}."))
    state = answer.state
    if state is not None and state.is_cancelled():
        if run.state is not None and run.state.is_cancelled():
            raise click.ClickException(f"The flow run {run.name!r} is Cancelled already.")
        say(f"Cancelled the flow run {run.name!r} ({run.id}), which was {run.state_name}.")
    elif state is not None and state.is_cancelling():
        say(f"The flow run {run.name!r} ({run.id}) is being cancelled: its process hears of it within 2 seconds.")
        say(f"Wait for its end: headrace flow-run watch {run.id}", dim=True)
    else:
        reason = getattr(answer.details, "reason", None) or f"It is {run.state_name}."
        raise click.ClickException(f"The flow run {run.name!r} cannot be cancelled. {reason}")


def _by_whom() -> str:
    try:
        return f" by {getpass.getuser()}"
    except (KeyError, OSError):  # who runs as a number that has no name
        return ""


@click.command()
@click.argument("flow_runs", nargs=-1, required=True, metavar="ID_OR_NAME...")
@yes_option
def delete(flow_runs: tuple[str, ...], yes: bool) -> None:
    """Delete flow runs, with their task runs and logs.

    They are gone for good. A run that goes on is not stopped: what its process still reports of it is not stored.
    Subflow runs stay, as flow runs of their own.
    """
    with control_plane() as client:
        runs = [find_flow_run(client, wanted) for wanted in flow_runs]
        for run in runs:
            agreed(f"Delete the flow run {run.name!r} ({run.state_name}), its task runs and its log?", yes=yes)
            client.delete_flow_run(run.id)
            say(f"Deleted the flow run {run.name!r} ({run.id}).")
