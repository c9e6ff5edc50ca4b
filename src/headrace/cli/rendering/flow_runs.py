"""Flow runs: in a table, and one with all that belongs to it."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from headrace._wire.flow_runs import FlowRun
from headrace._wire.task_runs import TaskRun
from headrace.cli.reading.flow_run_report import FlowRunReport
from headrace.cli.reading.listing import RunListing
from headrace.cli.rendering.counts import counted
from headrace.cli.rendering.moments import since
from headrace.cli.rendering.runs import (
    facts_of_run,
    print_by_id,
    print_runs,
    print_states,
    run_duration,
    short_id,
    started,
)
from headrace.cli.rendering.screen import Cell, Pair, fits, print_pairs, print_table, say, tell
from headrace.cli.rendering.states import state_cell, state_text

__all__ = ["flow_runs_json", "print_flow_runs", "print_report", "report_json"]

_CALLED = "\N{DOWNWARDS ARROW WITH TIP RIGHTWARDS} "


def print_flow_runs(listing: RunListing[FlowRun], *, is_filtered: bool, now: datetime) -> None:
    """Writes a table of flow runs; where there are subflow runs among them, with who called them.

    Where there is no room for that, their flows are marked.
    """

    def row(run: FlowRun, shown: Callable[[UUID], str], with_parents: bool) -> list[str | Cell]:
        flow, caller = listing.names.get(run.flow_id, ""), listing.callers.get(run.id)
        is_marked = caller is not None and not with_parents
        return [
            shown(run.id),
            f"{_CALLED}{flow}" if is_marked else flow,
            run.name,
            *([caller.name if caller is not None else ""] if with_parents else []),
            state_cell(run.state_type, run.state_name),
            started(run, now),
            run_duration(run),
        ]

    columns = ["ID", "Flow", "Name", "Parent", "State", "Started", "Duration"]
    with_parents = bool(listing.callers) and fits(columns, [row(run, short_id, True) for run in listing.runs])
    if not with_parents:
        columns.remove("Parent")
    print_runs(listing, "flow run", columns, lambda run, shown: row(run, shown, with_parents), is_filtered=is_filtered)


def flow_runs_json(listing: RunListing[FlowRun]) -> list[dict[str, Any]]:
    """The flow runs as the API gives them, and beside their fields who called them."""
    return [
        {
            **run.model_dump(mode="json"),
            "parent_flow_run_id": str(caller.id) if (caller := listing.callers.get(run.id)) is not None else None,
            "parent_flow_run_name": caller.name if caller is not None else None,
        }
        for run in listing.runs
    ]


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
        task_runs = {each.id: each.name for each in report.task_runs}
        print_by_id(
            ("ID", "Name", "Task run", "State", "Duration"),
            report.children,
            lambda child, shown: (
                shown(child.id),
                child.name,
                task_runs.get(child.parent_task_run_id, "") if child.parent_task_run_id else "",
                state_cell(child.state_type, child.state_name),
                run_duration(child),
            ),
        )


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
        columns, tried_again = ["Name", "State", "After", "Duration", "Message"], _tried_again(report)
        if tried_again:
            columns.insert(-1, "Attempts")
        children = report.children_by_task_run
        print_table(
            columns,
            [_task_run_row(each, begin, children.get(each.id), tried_again) for each in report.task_runs],
            whole=("State", "After", "Duration", "Attempts"),
            wrapping=("Message",),
        )
    if not report.shows_all_task_runs:
        left_out = total - len(report.task_runs)
        tell(f"{counted(left_out, 'task run')} not shown; --output json has them all.", dim=True)


def _tried_again(report: FlowRunReport) -> bool:
    return any(each.run_count > 1 for each in report.task_runs)


def _task_run_row(
    run: TaskRun, begin: datetime | None, subflow_run: FlowRun | None, shows_attempts: bool
) -> tuple[str | Cell, ...]:
    message = run.state.message if run.state is not None else None
    told = [f"subflow run {subflow_run.name}"] if subflow_run is not None else []
    return (
        run.name,
        state_cell(run.state_type, run.state_name),
        since(begin, run.start_time) if begin is not None and run.start_time is not None else "",
        run_duration(run),
        *([str(run.run_count)] if shows_attempts else []),
        ": ".join([*told, *([message] if message else [])]),
    )


def report_json(report: FlowRunReport) -> dict[str, Any]:
    """The flow run as the API gives it, and beside its fields what belongs to it, as the API gives that."""
    children = report.children_by_task_run
    return {
        **report.run.model_dump(mode="json"),
        "flow_name": report.flow.name,
        "parent_flow_run_id": str(report.parent.id) if report.parent is not None else None,
        "parent_flow_run_name": report.parent.name if report.parent is not None else None,
        "states": [state.model_dump(mode="json") for state in report.states],
        "task_runs": [
            {
                **each.model_dump(mode="json"),
                "subflow_run_id": str(child.id) if (child := children.get(each.id)) is not None else None,
                "subflow_run_name": child.name if child is not None else None,
            }
            for each in report.task_runs
        ],
        "child_flow_runs": [child.model_dump(mode="json") for child in report.children],
    }
