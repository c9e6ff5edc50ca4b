"""Flows: in a table, and one with its newest runs."""

from datetime import datetime
from typing import Any

from headrace.cli.reading.flow_report import FlowReport
from headrace.cli.reading.listing import FlowListing, FlowRuns
from headrace.cli.rendering.counts import counted
from headrace.cli.rendering.moments import local_time
from headrace.cli.rendering.runs import print_by_id, run_duration, started
from headrace.cli.rendering.screen import Cell, print_pairs, say, tell
from headrace.cli.rendering.states import state_cell

__all__ = ["flow_json", "print_flow", "print_flows"]


def print_flows(listing: FlowListing, now: datetime) -> None:
    """Writes a table of flows, each with its newest run; where there is none, or not all are in it, what to do."""
    if not listing.flows:
        tell("No flows yet. Run one: headrace run FILE")
        return
    print_by_id(
        ("ID", "Name", "Runs", "State", "Started"),
        listing.flows,
        lambda flow, shown: (shown(flow.id), flow.name, *_newest(listing.runs[flow.id], now)),
    )
    if listing.has_more:
        tell(f"The newest {counted(len(listing.flows), 'flow')}; --limit shows more.", dim=True)


def _newest(runs: FlowRuns, now: datetime) -> tuple[str | Cell, ...]:
    total = f"{runs.total:,}"
    if not runs.newest:
        return (total, "", "")
    run = runs.newest[0]
    return (total, state_cell(run.state_type, run.state_name), started(run, now))


def print_flow(report: FlowReport, now: datetime) -> None:
    """Writes a flow, how its runs ended, and the newest of them."""
    flow, runs = report.flow, report.runs
    say(flow.name, bold=True)
    counts = ", ".join(f"{count:,} {kind.value.lower()}" for kind, count in report.by_state.items())
    print_pairs(
        [
            ("ID", str(flow.id)),
            ("Created", local_time(flow.created, now) if flow.created else None),
            ("Tags", ", ".join(flow.tags) or None),
            ("Runs", f"{runs.total:,} ({counts})" if counts else "none"),
        ]
    )
    if not runs.newest:
        return
    say()
    say("Newest runs", bold=True)
    print_by_id(
        ("ID", "Name", "State", "Started", "Duration"),
        runs.newest,
        lambda run, shown: (
            shown(run.id),
            run.name,
            state_cell(run.state_type, run.state_name),
            started(run, now),
            run_duration(run),
        ),
    )
    if runs.total > len(runs.newest):
        tell(f"headrace flow-run ls --flow-name '{flow.name}' lists more of them.", dim=True)


def flow_json(report: FlowReport) -> dict[str, Any]:
    """The flow as the API gives it, and beside its fields how its runs ended, and the newest of them."""
    return {
        **report.flow.model_dump(mode="json"),
        "flow_run_counts": {kind.value: count for kind, count in report.by_state.items()},
        "newest_flow_runs": [run.model_dump(mode="json") for run in report.runs.newest],
    }
