"""Showing people what was found out, and what ran: the second part is read from what Headrace recorded."""

import os
import sys
from calendar import month_name
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from uuid import UUID

from climate import Summary

from headrace.client.orchestration import SyncHeadraceClient, get_client
from headrace.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from headrace.client.schemas.objects import TaskRun

__all__ = ["show_run", "show_summary"]


def show_summary(summary: Summary) -> None:
    """Prints the years and the climates as tables."""
    print("\nSeattle      mean   against a typical year   precipitation   wet days")
    for year in summary.years:
        print(
            f"{year.year:<9}{year.mean_c:5.1f} °C {year.above_typical_c:+21.1f} °C"
            f" {year.precipitation_mm:12.1f} mm {year.wet_days:10}"
        )
    print()
    for it in summary.climates:
        print(
            f"{it.airport} {it.name}: {it.mean_c} °C, from {it.coldest_month_c} °C in {month_name[it.coldest_month]}"
            f" to {it.warmest_month_c} °C in {month_name[it.warmest_month]}"
        )
    read = sum(source.read for source in summary.sources)
    quarantined = sum(source.quarantined for source in summary.sources)
    print(f"\n{read} rows were read from {len(summary.sources)} files, and {quarantined} of them quarantined.")


def show_run(flow_run_id: UUID) -> None:
    """Prints a flow run's steps, how long each took, and the command that shows more of it."""
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(flow_run_id)
        steps = list(_steps(client, flow_run_id))
    subflows = sum(_child_of(step) is not None for _, step in steps)
    print(f"\nFlow run {run.name!r}: {run.state_name} after {run.total_run_time.total_seconds():.3f} s")
    print(f"{len(steps) - subflows} task runs, {subflows} subflow runs\n")
    for depth, step in steps:
        print(f"{step.total_run_time.total_seconds():9.3f} s  {'  ' * depth + step.name:<24} {step.state_name}")
    print(f"\nSee it again: {_headrace()} flow-run inspect {run.name}")


def _headrace() -> str:
    """The command as it can be typed here: by its path, where its environment is not activated."""
    return "headrace" if which("headrace") else os.path.relpath(Path(sys.executable).with_name("headrace"))


def _steps(client: SyncHeadraceClient, flow_run_id: UUID, depth: int = 0) -> Iterator[tuple[int, TaskRun]]:
    """The task runs of a flow run in the order in which they started, those of a subflow below its own."""
    of_this_run = FlowRunFilter(id=FlowRunFilterId(any_=[flow_run_id]))
    task_runs = client.read_task_runs(flow_run_filter=of_this_run)
    for task_run in sorted(task_runs, key=lambda it: it.id):  # Ids sort by the time at which they were made.
        yield depth, task_run
        child = _child_of(task_run)
        if child is not None:
            yield from _steps(client, child, depth + 1)


def _child_of(task_run: TaskRun) -> UUID | None:
    """The flow run that a task run stands for in the graph of its parent."""
    return task_run.state.state_details.child_flow_run_id if task_run.state else None
