"""Flow runs: in a table, and one with all that belongs to it."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from headrace._wire.flow_runs import FlowRun
from headrace._wire.task_runs import TaskRun
from headrace.cli.reading.flow_run_report import FlowRunReport
from headrace.cli.reading.listing import RunListing
from headrace.cli.rendering.counts import counted
from headrace.cli.rendering.moments import since
from headrace.cli.rendering.runs import facts_of_run, print_runs, print_states, run_duration, started
from headrace.cli.rendering.screen import Cell, Pair, print_pairs, print_table, say, tell
from headrace.cli.rendering.states import state_cell, state_text

__all__ = ["print_flow_runs", "print_report", "report_json"]


def print_flow_runs(listing: RunListing[FlowRun], *, is_filtered: bool, now: datetime) -> None:
    """Writes a table of flow runs."""
    print_runs(
        listing,
        "flow run",
        ("ID", "Flow", "Name", "State", "Started", "Duration"),
        lambda run, shown: (
            shown(run.id),
            listing.names.get(run.flow_id, ""),
            run.name,
            state_cell(run.state_type, run.state_name),
            started(run, now),
            run_duration(run),
        ),
        is_filtered=is_filtered,
    )


def print_report(report: FlowRunReport, now: datetime) -> None:
    """Writes a run, its states, task runs and subflow runs."""
    run = report.run
    say(run.name, bold=True)
    print_pairs(_facts(report, now))
    print_states(report.states)
    _print_task_runs(report)
    if report.children:
        say()
        say("Subflow runs", bold=True)
        print_table(
            ("Name", "State", "Duration", "ID"),
            [(child.name, state_cell(child.state_type, child.state_name), run_duration(child), str(child.id))
             for child in report.children],
            whole=("State", "Duration", "ID"),
        )  # fmt: skip


def _facts(report: FlowRunReport, now: datetime) -> list[Pair]:
    run = report.run
    return [
        ("ID", str(run.id)),
        ("Flow", report.flow.name + (f" (version {run.flow_version})" if run.flow_version else "")),
        ("State", state_text(run.state)),
        *facts_of_run(run, now),
        ("Parent", f"{report.parent.name} ({report.parent.id})" if report.parent else None),
        ("Parameters", _parameters(run.parameters) or None),
    ]


def _parameters(parameters: Mapping[str, Any]) -> str:
    return "\n".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in parameters.items())


def _print_task_runs(report: FlowRunReport) -> None:
    total = sum(report.task_run_counts.values())
    if not total:
        return
    say()
    by_state = ", ".join(f"{count:,} {kind.value.lower()}" for kind, count in report.task_run_counts.items())
    say(f"Task runs ({by_state})", bold=True)
    begin = report.run.start_time
    if report.task_runs:
        print_table(
            ("Name", "State", "After", "Duration", "Message"),
            [_task_run_row(each, begin) for each in report.task_runs],
            whole=("State", "After", "Duration"),
            wrapping=("Message",),
        )
    if not report.shows_all_task_runs:
        left_out = total - len(report.task_runs)
        tell(f"{counted(left_out, 'task run')} not shown; --output json has them all.", dim=True)


def _task_run_row(run: TaskRun, begin: datetime | None) -> tuple[str | Cell, ...]:
    message = run.state.message if run.state is not None else None
    return (
        run.name,
        state_cell(run.state_type, run.state_name),
        since(begin, run.start_time) if begin is not None and run.start_time is not None else "",
        run_duration(run),
        message or "",
    )


def report_json(report: FlowRunReport) -> dict[str, Any]:
    """The flow run as the API gives it, and beside its fields what belongs to it, as the API gives that."""
    return {
        **report.run.model_dump(mode="json"),
        "flow_name": report.flow.name,
        "parent_flow_run_id": str(report.parent.id) if report.parent is not None else None,
        "states": [state.model_dump(mode="json") for state in report.states],
        "task_runs": [each.model_dump(mode="json") for each in report.task_runs],
        "child_flow_runs": [child.model_dump(mode="json") for child in report.children],
    }
