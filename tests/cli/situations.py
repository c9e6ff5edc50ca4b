"""What users see on their terminal in the situations they meet: written down in golden/, to be read as they read it.

    make golden

writes the files anew; a test compares. Instants and ids are fixed, and what differs from machine to machine is put in
the words of one, so that a change of a file is a change of what is shown.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from headrace._kernel import clock
from headrace._records import Record
from headrace.cli.commands import root
from headrace.server.store.opening import open_store
from headrace.server.usecases.ingest import ingest
from tests.cli.terminal import SCRIPTS
from tests.support.journals import Teller, begun, concluded, created, line, task_moved

__all__ = ["GOLDEN", "SITUATIONS", "captured"]

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = (80, 140)

NOW = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp()) * 1_000_000
MILLISECOND, SECOND = 1_000, 1_000_000
MINUTE, HOUR = 60 * SECOND, 3_600 * SECOND

# As long as the folder that stands for it, so that lines break where hers would.
HOME = "/home/ada/.headrace"

_MILLISECOND_OF_IDS = "01a2067c5d29"


class Screen(io.StringIO):
    """A terminal: both streams in one place, and somebody looks."""

    def isatty(self) -> bool:
        return True


class FixedClock(clock.SystemClock):
    """It is noon of the last day of January."""

    def now(self) -> int:
        return NOW


class Desk:
    """A person's home, and what commands show there."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.lines: list[str] = []

    def see(self, *words: str, widths: tuple[int, ...] = WIDTHS, **variables: str) -> None:
        """Adds what a command shows on terminals of these widths, once where that is the same."""
        shown = {columns: self._shown(words, columns, variables) for columns in widths}
        if len(set(shown.values())) == 1:
            shown = {0: shown[widths[0]]}
        typed = " ".join([*(f"{name}={value}" for name, value in variables.items()), "headrace", *words])
        for columns, text in shown.items():
            width = f"   ({columns} columns)" if columns else ""
            self.lines += [f"$ {typed}{width}", text]

    def see_process(self, *words: str) -> None:
        """Adds what a command that runs users' code shows; it is a process of its own."""
        environment = {**os.environ, "HEADRACE_HOME": str(self.home)}
        command = [sys.executable, "-m", "headrace", *words]
        done = subprocess.run(
            command, env=environment, cwd=SCRIPTS, capture_output=True, text=True, timeout=60, check=False
        )
        told = done.stdout + done.stderr
        self.lines += [f"$ headrace {' '.join(words)}", told + _ending(done.returncode)]

    def _shown(self, words: tuple[str, ...], columns: int, variables: dict[str, str]) -> str:
        screen, code = Screen(), 0
        seen = {"HEADRACE_HOME": str(self.home), "TZ": "UTC", "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": str(columns)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HEADRACE_", "PREFECT_"))}
        with (
            mock.patch.dict(os.environ, {**kept, **seen, **variables}, clear=True),
            redirect_stdout(screen),
            redirect_stderr(screen),
        ):
            time.tzset()
            try:
                root.main(list(words), prog_name="headrace")
            except SystemExit as ended:
                code = int(ended.code or 0)
        time.tzset()
        return screen.getvalue() + _ending(code)

    def report(self, *states: Record, logs: tuple[Record, ...] = ()) -> None:
        """Stores what a process reported."""
        store = open_store(f"sqlite:///{self.home}/headrace.db")
        ingest(store, Teller().batch(*states, logs=logs), now=NOW)
        store.close()


def _ending(code: int) -> str:
    return f"[exit {code}]\n" if code else ""


def captured(name: str) -> str:
    """What is seen in a situation, in the words of Ada's machine."""
    situation = SITUATIONS[name]
    home = Path(tempfile.mkdtemp(prefix="ada_h_", dir="/tmp"))
    before = clock.install(FixedClock())
    try:
        desk = Desk(home)
        situation(desk)
    finally:
        clock.install(before)
        shutil.rmtree(home)
    assert len(str(home)) == len(HOME)
    return _on_adas_machine(f"# {situation.__doc__}\n\n" + "\n".join(desk.lines), home)


_ANYWHERE = (
    (r"CPython \d\S+, \S+", "CPython 3.13.1, /usr/bin/python3"),
    (r"(?m)^(ok +headrace +).*", r"\g<1>1.0.0, with the API of Prefect 3.9.1 (REST 0.8.4)"),
    (r"(?m)^(ok +file system +).*", r"\g<1>ext4, mounted at /"),
    (r"(?m)^(ok +disk +).*", r"\g<1>60.0 GB free"),
    (r"schema \d+, SQLite 3\.[\d.]+", "schema 1, SQLite 3.45.1"),
    (r"(?m)^(ok +room +)[^\n]*\n(?: [^\n]*\n)*", r"\g<1>123 kB: ...; log lines are kept for 30 days\n"),
    # Whoever adds a setting need not write this anew.
    (r"(?m)^\d+ (other )?settings have", r"24 \1settings have"),
)


def _on_adas_machine(text: str, home: Path) -> str:
    text = text.replace(str(home), HOME).replace(str(SCRIPTS), "/home/ada/flows")
    for pattern, same in _ANYWHERE:
        text = re.sub(pattern, same, text)
    # Ids that the store makes, as those of flows: numbered as they come.
    made = dict.fromkeys(found for found in re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", text))
    for number, each in enumerate(each for each in made if not each.replace("-", "").startswith(_MILLISECOND_OF_IDS)):
        text = text.replace(each, f"{_MILLISECOND_OF_IDS[:8]}-{_MILLISECOND_OF_IDS[8:]}-7f{number:02d}-8000-{0:012d}")
    return text


def _id(kind: int, number: int) -> bytes:
    """An id of the shape of a UUIDv7, by the millisecond of all others."""
    return bytes.fromhex(f"{_MILLISECOND_OF_IDS}7{kind:x}{number:02x}8{0:015x}")


CHILL, FAILS, GOES, CRASHED, WEEKLY = (_id(1, number) for number in range(5))
FETCH, PARSE, LOAD = (_id(2, number) for number in range(3))


def _lived_in(desk: Desk) -> None:
    """Two flows, with runs that ended well, failed and crashed, and one that goes on."""
    ended = NOW - 30 * MINUTE
    desk.report(
        begun(CHILL, ended - 125 * SECOND, flow_name="nightly-report", name="calm-otter", tags=("eu", "nightly")),
        concluded(CHILL, at=ended),
    )
    start = NOW - 2 * HOUR
    why = "Flow run encountered an exception: ValueError: station 'Måløy' has no height"
    cause = "Task run encountered an exception: ValueError: station 'Måløy' has no height"
    waits = "Upstream task run did not reach a 'COMPLETED' state."
    desk.report(
        begun(FAILS, start, flow_name="import-stations", name="brave-heron", parameters=b'{"country": "no"}'),
        created(FETCH, FAILS, start + 2 * MILLISECOND, name="fetch-0f3"),
        task_moved(FETCH, "RUNNING", start + 3 * MILLISECOND, 1),
        task_moved(FETCH, "COMPLETED", start + 1_453 * MILLISECOND, 2),
        created(PARSE, FAILS, start + 1_454 * MILLISECOND, name="parse-a41", inputs=(("text", (FETCH,)),)),
        task_moved(PARSE, "RUNNING", start + 1_455 * MILLISECOND, 1),
        task_moved(PARSE, "FAILED", start + 1_512 * MILLISECOND, 2, message=cause),
        created(LOAD, FAILS, start + 1_513 * MILLISECOND, name="load-77c", inputs=(("stations", (PARSE,)),)),
        task_moved(LOAD, "PENDING", start + 1_514 * MILLISECOND, 1, name="NotReady", message=waits),
        concluded(FAILS, "FAILED", start + 1_520 * MILLISECOND, message=why),
        logs=(
            line(FAILS, "Beginning flow run 'brave-heron' for flow 'import-stations'", start + MILLISECOND),
            line(FAILS, "fetching 500 stations of no", start + 4 * MILLISECOND, FETCH),
            line(FAILS, "Finished in state Completed()", start + 1_453 * MILLISECOND, FETCH),
            line(FAILS, f"Finished in state Failed({cause!r})", start + 1_513 * MILLISECOND, PARSE),
            line(FAILS, f"Finished in state Failed({why!r})", start + 1_521 * MILLISECOND),
        ),
    )  # fmt: skip
    gone = NOW - 72 * HOUR
    desk.report(
        begun(CRASHED, gone, flow_name="nightly-report", name="patient-ibex"),
        concluded(CRASHED, "CRASHED", gone + 9 * MINUTE, message="The process 4711 on ada ended before this run did."),
        begun(GOES, NOW - 12 * SECOND, flow_name="nightly-report", name="swift-lynx"),
    )


def first_look(desk: Desk) -> None:
    """Nothing has run yet."""
    for words in (("flow-run", "ls"), ("flow", "ls"), ("task-run", "ls"), ("journal", "ls"), ("store", "check")):
        desk.see(*words)


def listing(desk: Desk) -> None:
    """Which runs there were, of which flows, and how they ended."""
    _lived_in(desk)
    desk.see("flow-run", "ls")
    desk.see("flow-run", "ls", "--state", "failed", "--since", "1d", widths=(80,))
    desk.see("flow-run", "ls", "--limit", "2", widths=(80,))
    desk.see("flow-run", "ls", "--tag", "us")
    desk.see("flow", "ls")
    desk.see("task-run", "ls")


def failed_run(desk: Desk) -> None:
    """A run failed: which task it was, and why."""
    _lived_in(desk)
    desk.see("flow-run", "inspect", "brave-heron")
    desk.see("task-run", "inspect", "parse-a41", widths=(80,))
    desk.see("flow-run", "watch", "brave-heron", widths=(80,))


def nested_runs(desk: Desk) -> None:
    """A flow called another, and one of its tasks was tried again."""
    start = NOW - 5 * MINUTE
    stands_for_it, flaky = _id(2, 3), _id(2, 4)
    moments = [start + number * 100 * MILLISECOND for number in range(7)]
    desk.report(
        begun(WEEKLY, start, flow_name="weekly-report", name="wise-tern"),
        created(stands_for_it, WEEKLY, moments[0], name="nightly-report-0"),
        task_moved(stands_for_it, "RUNNING", moments[0], 1),
        begun(CHILL, moments[0], flow_name="nightly-report", name="calm-otter", parent_task_run_id=stands_for_it),
        concluded(CHILL, at=moments[1]),
        task_moved(stands_for_it, "COMPLETED", moments[1], 2),
        created(flaky, WEEKLY, moments[2], name="publish-3c1"),
        task_moved(flaky, "RUNNING", moments[2], 1),
        task_moved(flaky, "SCHEDULED", moments[3], 2, name="AwaitingRetry"),
        task_moved(flaky, "RUNNING", moments[4], 3, name="Retrying"),
        task_moved(flaky, "COMPLETED", moments[5], 4),
        concluded(WEEKLY, at=moments[6]),
    )
    desk.see("flow-run", "ls")
    desk.see("flow-run", "ls", "--no-subflows", widths=(80,))
    desk.see("flow-run", "ls", "--parent", "wise-tern", widths=(80,))
    desk.see("flow-run", "inspect", "wise-tern")
    desk.see("task-run", "inspect", "nightly-report-0", widths=(80,))


def log_lines(desk: Desk) -> None:
    """What a run said."""
    _lived_in(desk)
    desk.see("flow-run", "logs", "brave-heron", widths=(140,))
    desk.see("flow-run", "logs", "brave-heron", "--tail", "-n", "1", widths=(140,))
    desk.see("flow-run", "logs", "calm-otter")
    desk.see("task-run", "logs", "fetch-0f3")


def one_flow(desk: Desk) -> None:
    """How the runs of a flow ended."""
    _lived_in(desk)
    desk.see("flow", "inspect", "nightly-report")


def unknown_names(desk: Desk) -> None:
    """What was typed names nothing."""
    _lived_in(desk)
    desk.see("flow-run", "inspect", "01a2067c-5d29-7001-8000-00000000ffff")
    desk.see("flow-run", "logs", "calm-oter")
    desk.see("flow-run", "inspect", "nightly-report")
    desk.see("flow", "inspect", "nightly")
    desk.see("task-run", "inspect", "nobody")
    desk.see("flow-run", "ls", "--since", "yesterday")
    desk.see("flow-run", "lst")


def ambiguous_names(desk: Desk) -> None:
    """What was typed names several."""
    _lived_in(desk)
    desk.see("flow-run", "inspect", "01a2067c")
    desk.see("task-run", "logs", "01a2067c")


def misused_run(desk: Desk) -> None:
    """A flow was to run: what was typed does not fit it."""
    for words in (
        ("nowhere.py",),
        ("pipeline.py",),
        ("pipeline.py:summs",),
        ("pipeline.py:sums", "-p", "labl=x"),
        ("pipeline.py:report",),
        ("pipeline.py:sums", "-p", "n"),
        ("pipeline.py:sums", "--params", "{n: 3}"),
        ("plain.py",),
    ):
        desk.see_process("run", *words)


def healthy(desk: Desk) -> None:
    """All is well."""
    _lived_in(desk)
    desk.see("doctor")
    desk.see("store", "check")
    desk.see("store", "prune")
    desk.see("journal", "drain")


def ill(desk: Desk) -> None:
    """Something is not well: what it is, and what is to be done."""
    _lived_in(desk)
    folder = desk.home / "journals" / _id(3, 1).hex()
    folder.mkdir(parents=True)
    (folder / "header").write_bytes(b"what is this?")
    (folder / "lock").touch()
    desk.see("doctor", HEADRACE_API_ULR="http://127.0.0.1:4200/api")
    desk.see("journal", "drain", widths=(80,))


def settings(desk: Desk) -> None:
    """Which settings are in force, and what says so."""
    desk.see("config", "view", HEADRACE_LOGGING_LEVEL="DEBUG", PREFECT_SERVER_API_PORT="4300")
    desk.see("config", "set", "HEADRACE_TASKS_DEFAULT_RETRIES=2", widths=(80,))
    desk.see("config", "view", widths=(80,))
    desk.see("config", "set", "HEADRACE_TASKS_DEFAULT_RETRYS=2")
    desk.see("config", "set", "HEADRACE_TASKS_DEFAULT_RETRIES=two")
    desk.see("profile", "ls")


def no_server(desk: Desk) -> None:
    """A server is to answer, and does not."""
    url = "http://127.0.0.1:9/api"
    desk.see("flow-run", "ls", HEADRACE_API_URL=url)
    desk.see("doctor", HEADRACE_API_URL=url)
    desk.see("store", "check", HEADRACE_API_URL=url)


def deletion(desk: Desk) -> None:
    """Runs are to go."""
    _lived_in(desk)
    desk.see("flow-run", "delete", "-y", "brave-heron", "calm-otter", widths=(80,))
    desk.see("store", "reset", widths=(80,))
    desk.see("store", "reset", "--yes", widths=(80,))


_ALL: tuple[Callable[[Desk], None], ...] = (
    first_look,
    listing,
    failed_run,
    nested_runs,
    log_lines,
    one_flow,
    unknown_names,
    ambiguous_names,
    misused_run,
    healthy,
    ill,
    settings,
    no_server,
    deletion,
)
SITUATIONS = {situation.__name__.replace("_", "-"): situation for situation in _ALL}


if __name__ == "__main__":
    shutil.rmtree(GOLDEN, ignore_errors=True)
    GOLDEN.mkdir()
    for name in SITUATIONS:
        (GOLDEN / f"{name}.txt").write_text(captured(name), encoding="utf-8")
    print(f"wrote {len(SITUATIONS)} files in {GOLDEN}")
