"""What the `logs` commands of flow runs and task runs have in common: their options, and how lines are shown."""

import sys
from collections.abc import Callable
from typing import Any, TypedDict, TypeVar

import click

from headrace._wire.filters import LogFilter
from headrace._wire.flow_runs import FlowRun
from headrace._wire.task_runs import TaskRun
from headrace.cli.control_plane import wait_for_news
from headrace.cli.exit_codes import INTERRUPTED
from headrace.cli.failures import Misunderstood
from headrace.cli.reading.log_lines import follow_lines, read_lines
from headrace.cli.rendering.logs import print_lines, print_lines_as_json
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["AskedLines", "checked", "log_options", "show_lines"]

Command = TypeVar("Command", bound=Callable[..., Any])

_DEFAULT_LINES = 20
_OPTIONS = (
    click.option("-h", "--head", is_flag=True, help=f"Only the first {_DEFAULT_LINES} lines."),
    click.option("-t", "--tail", is_flag=True, help=f"Only the last {_DEFAULT_LINES} lines."),
    click.option("-n", "--num-logs", type=click.IntRange(min=1), help="How many lines --head or --tail shows."),
    click.option("-r", "--reverse", is_flag=True, help="The newest line first."),
    click.option("-f", "--follow", is_flag=True, help="Go on with the lines that come, until the run has ended."),
)


class AskedLines(TypedDict):
    """What the options of `log_options` were given."""

    head: bool
    tail: bool
    num_logs: int | None
    reverse: bool
    follow: bool


def log_options(command: Command) -> Command:
    """Gives a command these options; their parameters are those of `AskedLines`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def checked(asked: AskedLines) -> None:
    """Refuses what contradicts itself."""
    if asked["head"] and asked["tail"]:
        raise Misunderstood("--head and --tail exclude each other: give one of them.")
    if asked["follow"] and (asked["head"] or asked["reverse"]):
        raise Misunderstood("--follow shows lines as they come: --tail goes with it, --head and --reverse do not.")


def show_lines(
    client: SyncHeadraceClient,
    wanted: LogFilter,
    asked: AskedLines,
    read_run: Callable[[], FlowRun | TaskRun],
    *,
    flow_run_name: str,
    whose: str,
    as_json: bool,
) -> None:
    """Shows the lines that are wanted and asked for; see `print_lines` for the names. Ctrl-C ends the following."""

    def has_ended() -> bool:
        state = read_run().state
        return state is not None and state.is_final()

    is_cut = asked["head"] or asked["tail"]
    count = asked["num_logs"] or (_DEFAULT_LINES if is_cut else None)
    if asked["follow"]:
        lines = follow_lines(client, wanted, has_ended=has_ended, pause=wait_for_news, count=count)
    else:
        is_reversed = asked["reverse"]
        lines = read_lines(client, wanted, count=count, from_end=asked["tail"] or is_reversed, newest_first=is_reversed)
    try:
        if as_json:
            print_lines_as_json(lines, is_one_value=not asked["follow"])
        else:
            print_lines(lines, flow_run_name, whose)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
