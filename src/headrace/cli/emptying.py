"""Deleting all that a database holds: asked for, refused while somebody uses it, and told."""

from collections.abc import Callable

import click

from headrace._kernel import late
from headrace.cli.asking import agreed, can_ask
from headrace.cli.control_plane import database_file, recover_left_behind
from headrace.cli.failures import Misunderstood
from headrace.cli.rendering.counts import counted
from headrace.cli.rendering.screen import say
from headrace.cli.running.server_record import is_running
from headrace.journal import list_journals
from headrace.settings import Settings

__all__ = ["emptied", "refuse_in_use"]


def emptied(settings: Settings, shown: str, *, yes: bool, size: str = "") -> None:
    """Empties the database, if that is meant; `shown` is what people are asked about, and how large that is."""
    recover_left_behind()
    refuse_in_use(settings)
    if not yes and not can_ask():
        raise Misunderstood(f"This deletes all that {shown} holds, and nobody can be asked: give --yes.")
    agreed(f"Delete all flows, runs and logs that {shown}{size and f' ({size})'} holds?", yes=yes)
    gone = late.load("empty_store")(settings.database_url)
    if database_file(settings) is not None:
        late.load("vacuum_store")(settings.database_url)
    parts = [
        counted(gone.flows, "flow"),
        counted(gone.flow_runs, "flow run"),
        counted(gone.task_runs, "task run"),
        counted(gone.log_lines, "log line"),
    ]
    say(f"Deleted {', '.join(parts)}.")


def refuse_in_use(settings: Settings) -> None:
    """Raises where scripts or servers use the database: what they report of their runs would find none of them."""
    alive = [each.pid for each in list_journals(settings.home) if each.status == "alive"]
    if alive:
        raise click.ClickException(
            f"The processes {', '.join(map(str, alive))} report to this home: end them first, or wait for them."
        )
    if is_running(settings.home):
        raise click.ClickException("The server of this home uses the database: `headrace server stop` ends it.")
    sessions: Callable[[str], int] = late.load("sessions")
    if (count := sessions(settings.database_url)) > 0:
        raise click.ClickException(
            f"Others have {counted(count, 'connection')} to the database: end the servers that use it first."
        )
