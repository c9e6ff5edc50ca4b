"""`headrace server database`: the schema of the database that a server of this home uses."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from headrace._kernel import late
from headrace._wire.schema import now
from headrace.cli.asking import agreed
from headrace.cli.control_plane import database_file, shown_database
from headrace.cli.emptying import emptied, refuse_in_use
from headrace.cli.failures import Misunderstood
from headrace.cli.options import yes_option
from headrace.cli.rendering.counts import bytes_text
from headrace.cli.rendering.screen import say, tell
from headrace.settings import Settings, get_current_settings

__all__ = ["downgrade", "reset", "stamp", "upgrade"]

dry_run_option = click.option("--dry-run/--no-dry-run", help="Say what would be done, and do nothing.")


@click.command()
@yes_option
@click.option("-r", "--revision", default="head", show_default=True, help="Up to which; head is the newest.")
@dry_run_option
def upgrade(yes: bool, revision: str, dry_run: bool) -> None:
    """Bring the database to the schema of this Headrace.

    Servers, scripts and commands do so by themselves when they open it. This one shows what is to be done, asks, and
    copies a file of SQLite first.
    """
    settings = get_current_settings()
    shown, state = _state(settings)
    if revision != "head" and not _means(revision, state.known):
        raise Misunderstood(
            f"This Headrace uses schema {state.known}, and would bring the database there when it opens it: "
            "name head, or upgrade with the release that knows no more than what you want."
        )
    if state.number is not None and not state.lacking:
        say(f"{shown} has schema {state.number}; there is nothing to do.")
        return
    what = f"make {shown}" if state.number is None else f"bring {shown} from schema {state.number} to {state.known}"
    if dry_run:
        say(f"It would {what}: {', '.join(state.lacking)}.")
        return
    agreed(f"{what[0].upper()}{what[1:]}?", yes=yes)
    if state.number is not None:
        _back_up(settings, state.number)
    late.load("upgrade_store")(settings.database_url)
    say(f"{shown} has schema {state.known}.")


@click.command()
@yes_option
@click.option("-r", "--revision", default="-1", show_default=True, help="Down to which; -1 is the one before.")
@dry_run_option
def downgrade(yes: bool, revision: str, dry_run: bool) -> None:
    """Say whether an earlier Headrace can use the database, which is left as it is.

    An upgrade adds tables and columns, and takes none away: an earlier Headrace goes on beside them, where the database
    does not say that it must not. The exit code is 1 where it says so.
    """
    shown, state = _state(get_current_settings())
    if state.number is None:
        raise click.ClickException(f"There is no {shown} yet.")
    wanted = _number(revision, state.number)
    if wanted >= state.min_writer:
        say(
            f"A Headrace that knows schema {wanted} can use {shown} as it is: nothing has to be taken back. Install "
            "that release."
        )
        return
    say(
        f"A Headrace that knows no more than schema {wanted} cannot use {shown}, which needs one that knows schema "
        f"{state.min_writer}. Nothing was changed. To go back, end what uses it, and put the copy in its place that "
        "was made before the upgrade (of SQLite beside it, of PostgreSQL your own pg_dump): what was stored since then "
        "is in the newer one alone.",
    )
    sys.exit(1)


@click.command()
@yes_option
def reset(yes: bool) -> None:
    """Delete all that the database holds, and begin anew.

    Settings and profiles stay. Where no terminal is there to ask on, it needs --yes. It is refused while scripts or
    servers use the database.
    """
    settings = get_current_settings()
    shown, state = _state(settings)
    if state.number is None:
        late.load("upgrade_store")(settings.database_url)
        say(f"Made {shown}, which was not there.")
        return
    emptied(settings, shown, yes=yes)


@click.command()
@click.argument("revision")
def stamp(revision: str) -> None:
    """Say that the database has a schema, without making it so.

    For a database that was repaired by hand. Migrations that are not said to have run are run when it is opened next.
    It is refused while scripts or servers use the database.
    """
    settings = get_current_settings()
    shown, state = _state(settings)
    if state.number is not None:
        refuse_in_use(settings)
    write: Callable[[str, str], tuple[int, int]] = late.load("stamp_store")
    before, after = write(settings.database_url, revision)
    say(f"{shown} says now that it has schema {after}; it said {before}.")


def _state(settings: Settings) -> tuple[str, Any]:
    """The database as it is shown, and how far it has come."""
    read: Callable[[str], Any] = late.load("schema_state")
    return shown_database(settings), read(settings.database_url)


def _means(revision: str, number: int) -> bool:
    return revision.partition("_")[0].lstrip("0") == str(number)


def _number(revision: str, stored: int) -> int:
    digits = revision.removeprefix("-").partition("_")[0]
    if not digits.isdecimal():
        raise Misunderstood(f"{revision!r} is no revision: write a number, as 2, or how many to go back, as -1.")
    return stored - int(digits) if revision.startswith("-") else int(digits)


def _back_up(settings: Settings, number: int) -> None:
    file = database_file(settings)
    if file is None:
        tell("pg_dump makes a copy to go back to.", dim=True)
        return
    target = file.with_name(f"{file.stem}-schema-{number}-{now().astimezone():%Y%m%d-%H%M%S}{file.suffix}")
    copy: Callable[[str, str], int] = late.load("back_up_as_it_is")
    size = copy(str(file), str(target))
    say(f"Copied it to {Path(target)} ({bytes_text(size)}) first.")
