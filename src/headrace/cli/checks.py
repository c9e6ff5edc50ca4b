"""The checks of `headrace doctor`: each looks at one thing, and says whether it is well and what to do if not."""

import os
import shutil
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import msgspec

from headrace import __version__
from headrace._kernel import late
from headrace._kernel.urls import without_password
from headrace._wire.routes import API_VERSION, COMPATIBLE_VERSION
from headrace.cli.control_plane import database_file, shown_database, where_runs_go
from headrace.cli.rendering.counts import bytes_text, counted
from headrace.client.orchestration import SyncHeadraceClient
from headrace.compat._environment import VARIABLE as COMPAT_VARIABLE
from headrace.exceptions import ConfigurationError, HeadraceException
from headrace.journal import JournalInfo
from headrace.journal.volumes import refuse_network, volume_of
from headrace.settings import Settings

__all__ = [
    "Check",
    "Status",
    "check_api",
    "check_disk",
    "check_file_system",
    "check_headrace",
    "check_home",
    "check_journals",
    "check_leftovers",
    "check_names",
    "check_profile",
    "check_python",
    "check_store",
]

Status = Literal["ok", "warn", "fail"]

_NEWEST_TESTED_PYTHON = (3, 13)
_LITTLE_SPACE_BYTES = 1_000_000_000
_NO_SPACE_BYTES = 100_000_000
# Reading a larger file takes longer than somebody wants to wait who asks whether all is well.
_LARGEST_FILE_READ_BYTES = 2_000_000_000
_MUCH_ROOM_BYTES = 100_000_000
_SHOWN_TABLES = 4
_PREFIX = "HEADRACE_"
_OF_TESTS = "HEADRACE_TEST_"
_OF_RUNTIME = "HEADRACE__RUNTIME__"


class Check(msgspec.Struct, frozen=True):
    """What was found; `advice` says what to do where it is not ok."""

    name: str
    status: Status
    finding: str
    advice: str | None = None


def check_headrace() -> Check:
    """Which Headrace this is."""
    return Check("headrace", "ok", f"{__version__}, with the API of Prefect {COMPATIBLE_VERSION} (REST {API_VERSION})")


def check_python(version: tuple[int, int], shown: str) -> Check:
    """Whether Headrace runs on this Python."""
    if version > _NEWEST_TESTED_PYTHON:
        newest = ".".join(map(str, _NEWEST_TESTED_PYTHON))
        return Check("python", "warn", shown, f"Headrace is tested up to Python {newest}: prefer that one.")
    return Check("python", "ok", f"{shown}, {sys.executable}")


def check_names(environment: Mapping[str, str], known: Collection[str]) -> Check:
    """Whether each HEADRACE_ variable is a setting."""
    unknown = sorted(
        name
        for name in environment
        if name.startswith(_PREFIX)
        and not name.startswith((_OF_TESTS, _OF_RUNTIME))
        and name not in {*known, COMPAT_VARIABLE}
    )
    if not unknown:
        return Check("settings", "ok", "every HEADRACE_ variable is a setting")
    advice: list[str] = []
    words = [name.removeprefix(_PREFIX) for name in known if name.startswith(_PREFIX)]
    for name in unknown:
        close = get_close_matches(name.removeprefix(_PREFIX), words, n=1)
        advice.append(f"{name} has no effect" + (f"; did you mean {_PREFIX}{close[0]}?" if close else ": unset it."))
    return Check("settings", "warn", f"{', '.join(unknown)}: no such setting", " ".join(advice))


def check_profile(name: str, api_url: str | None) -> Check:
    """Which profile is in use, and where runs go."""
    return Check("profile", "ok", f"{name}; {where_runs_go(api_url)}")


def check_home(home: Path) -> Check:
    """Whether the home is there, or can be made, and can be written."""
    existing = _existing(home)
    if not existing.is_dir():
        return Check("home", "fail", f"{existing} is no folder", "Set HEADRACE_HOME to a folder.")
    if not os.access(existing, os.W_OK | os.X_OK):
        return Check(
            "home",
            "fail",
            f"{home} cannot be written by this user",
            f"Give this user the right to write in {existing}, or set HEADRACE_HOME to a folder of yours.",
        )
    return Check("home", "ok", str(home) if existing == home else f"{home} (the first run makes it)")


def check_file_system(home: Path) -> Check:
    """Whether the home lies where locks and the database's log are safe."""
    existing = str(_existing(home))
    try:
        refuse_network(existing)
    except ConfigurationError as error:
        return Check("file system", "fail", "a network file system", str(error))
    found = volume_of(existing)
    if found is None:
        return Check("file system", "ok", "of a kind that this system does not tell")
    return Check("file system", "ok", f"{found.kind}, mounted at {found.mounted_at}")


def check_disk(home: Path) -> Check:
    """Whether there is room for what runs report."""
    free = shutil.disk_usage(_existing(home)).free
    finding = f"{bytes_text(free)} free"
    advice = f"Make room on the disk of {home}, or set HEADRACE_HOME to a folder on another one."
    if free < _NO_SPACE_BYTES:
        return Check("disk", "fail", finding, advice)
    return Check("disk", "warn", finding, advice) if free < _LITTLE_SPACE_BYTES else Check("disk", "ok", finding)


def check_store(settings: Settings) -> list[Check]:
    """Whether the database can be used and is sound, and what takes its room."""
    file = database_file(settings)
    size = _size(file) if file is not None else 0
    shown = shown_database(settings)
    if file is not None and not file.exists():
        return [Check("store", "ok", f"{file} (the first run makes it)")]
    look: Callable[..., Any] = late.load("store_condition")
    try:
        found = look(settings.database_url, reads_everything=size <= _LARGEST_FILE_READ_BYTES)
    except HeadraceException as error:
        return [Check("store", "fail", f"{shown} cannot be used", str(error))]
    if found.damages:
        return [
            Check(
                "store",
                "fail",
                f"{shown} is damaged: {'; '.join(found.damages)}",
                f"Copy {shown} away, and restore it from a backup or with sqlite3's .recover. What processes report "
                "meanwhile waits in their journals.",
            )
        ]
    finding = f"{shown} (schema {found.schema_version}, {found.version})"
    room = _check_room(found, size, settings.store.log_retention_days)
    if file is None:
        advice = "Scripts and commands reach it through a server alone: where they run, set HEADRACE_API_URL."
        return [Check("store", "warn", finding, advice), room]
    if found.dead_letters:
        refused = f"{counted(found.dead_letters, 'record')} of runs could not be stored: {found.last_refusal}"
        advice = "They are kept in its table dead_letters, each with the reason."
        return [Check("store", "warn", f"{finding}; {refused}", advice), room]
    return [Check("store", "ok", finding), room]


def _check_room(found: Any, file_bytes: int, log_days: int) -> Check:
    """What takes the room of a database, and whether much of it is empty; `found` is its condition."""
    tables = [f"{name.replace('_', ' ')} {bytes_text(size)}" for name, size in found.sizes[:_SHOWN_TABLES]]
    of_all = file_bytes or sum(size for _, size in found.sizes)
    kept = f"log lines are kept for {counted(log_days, 'day')}" if log_days else "log lines are kept for ever"
    finding = "; ".join([f"{bytes_text(of_all)}" + (f": {', '.join(tables)}" if tables else ""), kept])
    if found.free_bytes > max(_MUCH_ROOM_BYTES, of_all / 2):
        advice = "headrace store vacuum gives it back."
        return Check("room", "warn", f"{finding}; {bytes_text(found.free_bytes)} of it is empty", advice)
    return Check("room", "ok", finding)


def check_leftovers(settings: Settings) -> Check | None:
    """Whether files of a database lie in the home that belong to none; None where there are none."""
    file = database_file(settings)
    if file is None:
        return None
    left = sorted(str(each) for each in file.parent.glob(f"{file.name}-*.left"))
    if not left:
        return None
    return Check(
        "left-overs",
        "warn",
        f"{', '.join(left)}: the unstored part of a database that was moved away",
        "Put them back beside it, without .left, before it is opened again; else remove them.",
    )


def check_journals(journals: Sequence[JournalInfo]) -> Check:
    """Whether all that dead processes reported is stored."""
    of = {status: [each for each in journals if each.status == status] for status in ("orphan", "kept", "damaged")}
    left = [*of["orphan"], *of["kept"]]
    if of["damaged"]:
        return Check(
            "journals",
            "fail",
            f"{counted(len(of['damaged']), 'journal')} cannot be read in part: {of['damaged'][0].path}",
            "Its files are kept as they are. headrace journal ls says what is damaged; once you can do without it, "
            "remove its folder.",
        )
    if left:
        records = sum(each.records for each in left)
        finding = f"{counted(len(left), 'journal')} left by processes that are gone"
        return Check(
            "journals",
            "warn",
            f"{finding}, {counted(records, 'record')} to store" if records else finding,
            "headrace journal drain stores and concludes them; what stays then, headrace journal ls explains.",
        )
    return Check("journals", "ok", f"{counted(len(journals), 'journal')}, of running processes" if journals else "none")


def check_api(url: str, client: SyncHeadraceClient) -> Check:
    """Whether the server answers, and which version it has."""
    problem = client.api_healthcheck()
    if problem is not None:
        return Check("api", "fail", f"{without_password(url)} does not answer", str(problem))
    return Check("api", "ok", f"{without_password(url)} (version {client.api_version()})")


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _size(file: Path) -> int:
    # Asked of the folder: opening a database's file and closing it again would drop the locks of SQLite.
    return sum(part.stat().st_size for part in (file, Path(f"{file}-wal")) if part.exists())
