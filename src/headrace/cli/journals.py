"""`headrace journal`: what processes have reported and is not stored yet."""

import sys

import click

from headrace._wire.schema import now
from headrace.cli.control_plane import database_file, opened_sink
from headrace.cli.options import output_option
from headrace.cli.rendering.journals import journal_json, print_drained, print_journals
from headrace.cli.rendering.screen import print_json, warn
from headrace.exceptions import StoreUnavailable
from headrace.journal import JournalInfo, list_journals, recover
from headrace.settings import Settings, get_current_settings

__all__ = ["drain", "listed", "ls"]


@click.command()
@output_option
def ls(output: str | None) -> None:
    """List the journals of this home.

    A process writes what it reports into a journal, and a journal that is stored goes. What stands here is of
    processes that run (alive), ended without storing everything (kept), or died (orphan); headrace journal drain stores
    the latter two. A damaged one stays, for a part of it cannot be read.
    """
    settings = get_current_settings()
    journals = listed(settings)
    if output == "json":
        print_json([journal_json(each) for each in journals])
    else:
        print_journals(journals, settings.home, now())


@click.command()
def drain() -> None:
    """Store what processes that are gone have left.

    Every command that reads does the same; this one says what it came to. The exit code is 1 where something is left
    that nobody else will store.
    """
    settings = get_current_settings()
    with opened_sink(settings) as sink:
        report = recover(settings.home, sink)
        left = list_journals(settings.home, sink=sink)
        print_drained(report, [each for each in left if each.status != "damaged"], sink.sink_ids)
    for damage in report.damaged:
        warn(f"{damage.message}. It is kept as it is; headrace journal ls shows it.")
    if report.unavailable is not None:
        raise StoreUnavailable(f"The rest is kept, for it could not be stored now: {report.unavailable}")
    sys.exit(bool(report.damaged))


def listed(settings: Settings) -> list[JournalInfo]:
    """The journals of the home, with how many of their records wait.

    Where nobody can tell what is stored already, all records are counted, which is told.
    """
    file = database_file(settings)
    if settings.api.url is None and (file is None or not file.exists()):
        return list_journals(settings.home)
    try:
        with opened_sink(settings) as sink:
            return list_journals(settings.home, sink=sink)
    except StoreUnavailable as error:
        warn(f"Records that are stored already are counted as waiting: {error}")
        return list_journals(settings.home)
