"""Journals: in a table, and for programs."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from headrace._kernel.ids import id_text
from headrace._kernel.urls import without_password
from headrace._wire.schema import instant
from headrace.cli.rendering.counts import bytes_text, counted
from headrace.cli.rendering.moments import relative
from headrace.cli.rendering.recovery import recovery_line
from headrace.cli.rendering.screen import Cell, print_table, say, tell
from headrace.journal import JournalInfo, JournalStatus, RecoveryReport

__all__ = ["journal_json", "print_drained", "print_journals"]

_THIS_MACHINE = ("127.0.0.1", "localhost", "::1")
_COLOURS: dict[JournalStatus, str] = {"alive": "green", "orphan": "yellow", "kept": "yellow", "damaged": "red"}


def print_journals(journals: Sequence[JournalInfo], home: Path, now: datetime) -> None:
    """Writes a table of journals, and the notes that were left in them."""
    if not journals:
        tell(f"No journals in {home}: everything that was reported is stored.")
        return
    print_table(
        ("ID", "State", "Process", "Host", "Started", "Size", "Waiting"),
        [_row(each, now) for each in journals],
        whole=("ID", "State", "Process", "Started", "Size", "Waiting"),
    )
    for each in journals:
        if each.note:
            tell(f"{id_text(each.journal_id)}: {each.note}")


def print_drained(report: RecoveryReport, left: Sequence[JournalInfo], sink_ids: Collection[str]) -> None:
    """Writes what a recovery came to, and why each of the journals stays that are left."""
    elsewhere = Counter(each.sink_id for each in left if each.status != "alive" and each.sink_id not in sink_ids)
    line = recovery_line(report)
    if line is not None:
        say(line)
    elif not report.recovered and not report.damaged and not elsewhere:
        say("No journal was left to store.")
    elif report.recovered:
        say(f"Closed {counted(len(report.recovered), 'journal')}, of which all was stored.")
    alive = [each for each in left if each.status == "alive"]
    if alive:
        tell(f"{counted(len(alive), 'journal')} of running processes, which store them themselves.", dim=True)
    for sink_id, count in sorted(elsewhere.items()):
        tell(_bound_elsewhere(sink_id, counted(count, "journal")))


def _bound_elsewhere(sink_id: str, journals: str) -> str:
    """Where these journals are to be stored, which is not here, and how."""
    if "://" not in sink_id:
        return f"{journals} of another store, {sink_id}: drain with the settings that name that one."
    url, parts = without_password(sink_id), urlsplit(sink_id)
    said = f"{journals} of runs that were to be reported to {url}: once a server answers there"
    if parts.hostname in _THIS_MACHINE and parts.port is not None:
        said += f" (headrace server start --port {parts.port} is one of this home's own store)"
    return f"{said}, HEADRACE_API_URL={url} headrace journal drain stores them."


def _row(journal: JournalInfo, now: datetime) -> tuple[str | Cell, ...]:
    is_known = journal.started_at > 0
    return (
        id_text(journal.journal_id),
        Cell(journal.status, _COLOURS[journal.status]),
        str(journal.pid) if is_known else "?",
        journal.host or "?",
        relative(instant(journal.started_at), now) if is_known else "?",
        bytes_text(journal.bytes_on_disk),
        f"{journal.records:,}",
    )


def journal_json(journal: JournalInfo) -> dict[str, Any]:
    """A journal for programs: ids and instants as the REST API writes them."""
    return {
        "id": id_text(journal.journal_id),
        "status": journal.status,
        "path": journal.path,
        "sink_id": journal.sink_id or None,
        "host": journal.host or None,
        "pid": journal.pid or None,
        "started": instant(journal.started_at).isoformat().replace("+00:00", "Z") if journal.started_at else None,
        "bytes_on_disk": journal.bytes_on_disk,
        "records_waiting": journal.records,
        "note": journal.note,
    }
