"""Showing people what ran, read from what Headrace recorded, and what was found out."""

import os
import sys
from calendar import month_abbr
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import NamedTuple
from uuid import UUID

from climate import Summary
from rich import box
from rich.console import Console
from rich.table import Table

from headrace.client.orchestration import SyncHeadraceClient, get_client
from headrace.client.schemas.filters import FlowRunFilter, FlowRunFilterId

__all__ = ["show_run", "show_summary"]

COLUMNS_OF_A_FILE = 80
"""How wide tables may be where nobody looks: in files and pipes."""

STYLES = {"Completed": "green", "Failed": "red", "Crashed": "red"}
"""The colours of states; any other one is yellow."""


class Step(NamedTuple):
    """A task run, or a subflow run, of a flow run."""

    depth: int
    name: str
    attempts: int
    seconds: float
    state: str


def show_summary(summary: Summary, folder: Path) -> None:
    """Prints the years, the climates and what became of the rows, as tables."""
    console = _console()

    years = _table("Seattle", "mean", "vs usual", "", "rain", "wet days", "warmest", "coldest")
    for year in summary.years:
        years.add_row(
            str(year.year),
            f"{year.mean_c:.1f} °C",
            f"{year.above_typical_c:+.1f} °C",
            _bar(year.above_typical_c),
            f"{year.precipitation_mm:.0f} mm",
            str(year.wet_days),
            f"{year.warmest_c:.1f} °C",
            f"{year.coldest_c:.1f} °C",
        )
    console.print(years)

    climates = _table("airport", "mean", "coldest", "warmest")
    for it in summary.climates:
        climates.add_row(
            f"{it.name} ({it.airport})",
            f"{it.mean_c:.1f} °C",
            f"{it.coldest_month_c:.1f} °C, {month_abbr[it.coldest_month]}",
            f"{it.warmest_month_c:.1f} °C, {month_abbr[it.warmest_month]}",
        )
    console.print(climates)

    sources = _table("file", "rows", "accepted", "quarantined")
    for source in summary.sources:
        quarantined = f"[yellow]{source.quarantined}" if source.quarantined else "0"
        sources.add_row(source.file, str(source.read), str(source.accepted), quarantined)
    console.print(sources)
    console.print(f"The tables, and why rows were quarantined: {folder}/", highlight=False, soft_wrap=True)


def show_run(flow_run_id: UUID) -> None:
    """Prints a flow run's steps, how often each was tried and how long it took, and the command that shows more."""
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(flow_run_id)
        steps = list(_steps(client, flow_run_id))
    console = _console()
    console.print(
        f"Flow run [bold]{run.name}[/]: {run.state_name} after {run.total_run_time.total_seconds():.2f} s\n"
        f"See it again: {_headrace()} flow-run inspect {run.name}",
        highlight=False,
        soft_wrap=True,
    )
    table = _table("step", "attempts", "took", "state")
    for step in steps:
        took = f"{step.seconds * 1000:.0f} ms"
        state = f"[{STYLES.get(step.state, 'yellow')}]{step.state}"
        table.add_row("  " * step.depth + step.name, str(step.attempts), took, state)
    console.print(table)


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else COLUMNS_OF_A_FILE)


def _table(first: str, *others: str) -> Table:
    """A table whose first column names what the others are figures of."""
    table = Table(first, box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in others:
        table.add_column(heading, justify="left" if heading in ("", "state") else "right")
    return table


def _bar(degrees: float) -> str:
    """How much warmer it was, a block for each quarter of a degree; blue where it was colder."""
    return f"[{'red' if degrees > 0 else 'blue'}]{'█' * round(4 * abs(degrees))}"


def _headrace() -> str:
    """The command as it can be typed here: by its path, where its environment is not activated."""
    return "headrace" if which("headrace") else os.path.relpath(Path(sys.executable).with_name("headrace"))


def _steps(client: SyncHeadraceClient, flow_run_id: UUID, depth: int = 0) -> Iterator[Step]:
    """The steps of a flow run in the order in which they began, those of a subflow below its own."""
    of_this_run = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    task_runs = client.read_task_runs(flow_run_filter=of_this_run)
    for task_run in sorted(task_runs, key=lambda it: it.id):  # Ids sort by the time at which they were made.
        # A task run can stand for a flow run in the graph of its parent.
        child = task_run.state.state_details.child_flow_run_id if task_run.state else None
        run = client.read_flow_run(child) if child else task_run
        yield Step(depth, run.name, run.run_count, run.total_run_time.total_seconds(), run.state_name or "")
        if child:
            yield from _steps(client, child, depth + 1)
