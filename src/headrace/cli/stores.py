"""`headrace store`: the upkeep of the home's own database. Behind an API URL it is the server's, and kept there."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from headrace._kernel import late
from headrace._kernel.ids import id_text
from headrace._kernel.urls import without_password
from headrace._wire.schema import now
from headrace.cli.control_plane import database_file
from headrace.cli.emptying import emptied
from headrace.cli.failures import Misunderstood
from headrace.cli.options import yes_option
from headrace.cli.rendering.counts import bytes_text, counted
from headrace.cli.rendering.screen import say, tell
from headrace.journal import list_journals
from headrace.settings import get_current_settings

__all__ = ["backup", "check", "prune", "reset", "vacuum"]


@click.command()
@click.argument("target", metavar="FILE_OR_FOLDER", type=click.Path(path_type=Path))
def backup(target: Path) -> None:
    """Copy the database into a new file, while others write.

    In a folder, the copy is named by the time. To restore it, end what uses the home, move headrace.db and the files
    beside it (-wal, -shm) away, and put the copy in its place.
    """
    url, file = _here("pg_dump makes a backup of it")
    if target.is_dir():
        target = target / f"headrace-{now().astimezone():%Y%m%d-%H%M%S}.db"
    if target.exists():
        raise Misunderstood(f"There is a file {target} already: name one that is not there.")
    back_up: Callable[[str, str], int] = late.load("backup_store")
    size = back_up(url, str(target))
    say(f"Copied {file} to {target} ({bytes_text(size)}).")
    journals = len(list_journals(get_current_settings().home))
    if journals:
        tell(f"What {counted(journals, 'journal')} held that was not stored at that instant is not in it.", dim=True)


@click.command()
def check() -> None:
    """Check all pages and rows of the database.

    It says whether the pages are sound, and the rows agree with each other. The exit code is 1 where they do not.
    """
    url, file = _anywhere()
    look: Callable[[str], Any] = late.load("check_store")
    found = look(url)
    shown = file or without_password(url)
    for damage in found.damages:
        say(f"damaged: {damage}", fg="red")
    for each in found.contradictions:
        say(f"{each.count:,} {each.what}, as {id_text(each.example)}", fg="red")
    if found.damages:
        tell(
            f"Copy {shown} away, and restore a backup or what sqlite3's .recover saves. What processes report "
            "meanwhile waits in their journals."
        )
    elif found.contradictions:
        tell("Please report this: such rows must not be. headrace flow-run delete takes a run away with its parts.")
    else:
        say(f"{shown} is sound.")
    sys.exit(bool(found.damages or found.contradictions))


@click.command()
def vacuum() -> None:
    """Give back the room that deleted rows left in the file.

    Scripts and servers that write wait meanwhile.
    """
    url, file = _here("VACUUM FULL gives its room back, and autovacuum keeps what there is in use")
    before = _size(file)
    late.load("vacuum_store")(url)
    say(f"{file}: {bytes_text(before)} before, {bytes_text(_size(file))} now.")


@click.command()
@click.option("--older-than", "days", type=click.IntRange(min=1), metavar="DAYS", help="Instead of the setting's days.")
def prune(days: int | None) -> None:
    """Delete old log lines of runs that have ended.

    Those are old that were written more than HEADRACE_STORE_LOG_RETENTION_DAYS days ago. Commands and scripts delete
    them by themselves once a day, for a little time, and servers four times a day. Runs and their states stay.
    """
    log_days = days or get_current_settings().store.log_retention_days
    if not log_days:
        raise Misunderstood("HEADRACE_STORE_LOG_RETENTION_DAYS is 0, which keeps all lines: name --older-than DAYS.")
    delete: Callable[[str, int], Any] = late.load("prune_store")
    pruned = delete(_anywhere()[0], log_days)
    say(f"Deleted {counted(pruned.lines, 'log line')} that were older than {counted(log_days, 'day')}.")
    if pruned.lines:
        tell("headrace store vacuum gives their room back.", dim=True)


@click.command()
@yes_option
def reset(yes: bool) -> None:
    """Delete all flows, runs and logs of this home.

    Settings and profiles stay. Where no terminal is there to ask on, it needs --yes.
    """
    settings = get_current_settings()
    _, file = _here("headrace server database reset empties it")
    emptied(settings, str(file), yes=yes, size=bytes_text(_size(file)))


def _anywhere() -> tuple[str, Path | None]:
    """The URL of the database that is kept here, and its file; None for one of PostgreSQL."""
    settings = get_current_settings()
    if settings.api.url is not None:
        raise Misunderstood(
            f"The store is that of the server at {without_password(settings.api.url)}: run this where the server "
            "runs, or with HEADRACE_API_URL set to nothing for this home's own."
        )
    file = database_file(settings)
    if file is not None and not file.exists():
        raise click.ClickException(f"There is no database {file} yet: the first run makes it.")
    return settings.database_url, file


def _here(otherwise: str) -> tuple[str, Path]:
    """The same for what is done to a file alone; `otherwise` says what does so in PostgreSQL."""
    url, file = _anywhere()
    if file is None:
        raise Misunderstood(f"The database is one of PostgreSQL: {otherwise}.")
    return url, file


def _size(file: Path) -> int:
    return sum(part.stat().st_size for part in (file, Path(f"{file}-wal")) if part.exists())
