"""Task runs: in a table, and one with all that belongs to it."""

from datetime import datetime
from typing import Any

from headrace._wire.task_runs import FlowRunResult, TaskInput, TaskRun, TaskRunResult
from headrace.cli.reading.listing import RunListing
from headrace.cli.reading.task_run_report import TaskRunReport
from headrace.cli.rendering.runs import facts_of_run, print_runs, print_states, run_duration, started
from headrace.cli.rendering.screen import print_pairs, say
from headrace.cli.rendering.states import state_cell, state_text

__all__ = ["print_task_run", "print_task_runs", "task_run_json"]


def print_task_runs(listing: RunListing[TaskRun], *, is_filtered: bool, now: datetime) -> None:
    """Writes a table of task runs."""
    print_runs(
        listing,
        "task run",
        ("ID", "Name", "Flow run", "State", "Started", "Duration"),
        lambda run, shown: (
            shown(run.id),
            run.name,
            listing.names.get(run.flow_run_id, "") if run.flow_run_id else "",
            state_cell(run.state_type, run.state_name),
            started(run, now),
            run_duration(run),
        ),
        is_filtered=is_filtered,
    )


def print_task_run(report: TaskRunReport, now: datetime) -> None:
    """Writes a run, what it was given, and its states."""
    run = report.run
    say(run.name, bold=True)
    print_pairs(
        [
            ("ID", str(run.id)),
            ("Task", run.task_key + (f" (version {run.task_version})" if run.task_version else "")),
            ("Flow run", f"{report.flow_run.name} ({report.flow_run.id})" if report.flow_run else None),
            ("Subflow run", f"{report.subflow_run.name} ({report.subflow_run.id})" if report.subflow_run else None),
            ("State", state_text(run.state)),
            *facts_of_run(run, now),
            ("Inputs", "\n".join(_input(name, given, report) for name, given in run.task_inputs.items()) or None),
        ]
    )
    print_states(report.states)


def _input(name: str, given: list[TaskInput], report: TaskRunReport) -> str:
    results = [each for each in given if isinstance(each, TaskRunResult | FlowRunResult)]
    return f"{name} from {', '.join(report.upstream.get(each.id, str(each.id)) for each in results)}"


def task_run_json(report: TaskRunReport) -> dict[str, Any]:
    """The task run as the API gives it, and beside its fields what belongs to it."""
    return {
        **report.run.model_dump(mode="json"),
        "flow_run_name": report.flow_run.name if report.flow_run is not None else None,
        "subflow_run_id": str(report.subflow_run.id) if report.subflow_run is not None else None,
        "subflow_run_name": report.subflow_run.name if report.subflow_run is not None else None,
        "states": [state.model_dump(mode="json") for state in report.states],
    }
