"""What a script left behind on either side, brought to one form in which equal behaviour is an equal value.

Ids, generated names and times differ from run to run; states, names that users gave, the tree of runs, the edges
between tasks and the lines of the logs do not.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Recorded", "Told", "normalise_line", "runs_as_trees"]

Json = dict[str, Any]
INFO = 20


@dataclass(frozen=True)
class Recorded:
    """The rows of one script as the REST API shows them."""

    flows: list[Json]
    flow_runs: list[Json]
    task_runs: list[Json]
    logs: list[Json]


@dataclass(frozen=True)
class Told:
    """What the process of one script said: its exit code, its standard output, the last line of its errors."""

    exit_code: int
    printed: str
    error: str | None


def runs_as_trees(recorded: Recorded) -> list[Json]:
    """The flow runs that nobody called, in order, each with its tasks, its lines and the flow runs that it called."""
    flow_names = {flow["id"]: flow["name"] for flow in recorded.flows}
    ours = {run["id"] for run in recorded.flow_runs}
    parents = {task["id"]: task["flow_run_id"] for task in recorded.task_runs if task["flow_run_id"] in ours}
    labels = {run["id"]: f"flow run of {flow_names[run['flow_id']]}" for run in recorded.flow_runs}
    labels |= {task["id"]: _task_label(task) for task in recorded.task_runs}

    def tree(run: Json) -> Json:
        children = [child for child in recorded.flow_runs if parents.get(child["parent_task_run_id"]) == run["id"]]
        return {
            "flow": flow_names[run["flow_id"]],
            "state": _state(run),
            "parameters": _without_ids(run["parameters"]),
            "tags": sorted(run["tags"]),
            "runs counted": run["run_count"],
            "tasks": _sorted(_task(task, labels) for task in recorded.task_runs if task["flow_run_id"] == run["id"]),
            "lines": _sorted(_line(log, labels) for log in recorded.logs if _matters(log, run["id"])),
            "called": _sorted(tree(child) for child in children),
        }

    roots = [run for run in recorded.flow_runs if run["parent_task_run_id"] not in parents]
    return [tree(run) for run in sorted(roots, key=lambda run: run["start_time"] or run["created"])]


def normalise_line(message: str) -> str:
    """A line without generated names, addresses and what lies between a message and the end of its traceback."""
    first, *rest = message.strip().splitlines() or [""]
    first = re.sub(r"(flow run|subflow run) '[a-z]+-[a-z]+'", r"\1 '<name>'", first)
    if rest and any("Traceback (most recent call last)" in line for line in rest):
        return f"{first} ... {rest[-1]}"
    return "\n".join([first, *rest])


def _without_ids(parameters: Json) -> Json:
    """Parameters in which every id is the same."""
    return json.loads(re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", json.dumps(parameters)))


def _task(task: Json, labels: dict[str, str]) -> Json:
    return {
        "name": labels[task["id"]],
        "state": _state(task),
        "tags": sorted(task["tags"]),
        "runs counted": task["run_count"],
        "from": sorted(
            (parameter, labels.get(source.get("id"), source["input_type"]))
            for parameter, sources in task["task_inputs"].items()
            for source in sources
        ),
    }


def _task_label(task: Json) -> str:
    """The task's name without the digits that tell its runs apart."""
    return re.sub(r"-([0-9a-f]{3}|\d+)$", "", task["name"])


def _state(run: Json) -> str:
    state = run["state"] or {}
    return f"{run['state_type']} {run['state_name']}: {state.get('message') or ''}".rstrip(": ")


def _line(log: Json, labels: dict[str, str]) -> Json:
    return {
        "of": labels.get(log["task_run_id"], "the task run") if log["task_run_id"] else "the flow run",
        "level": log["level"],
        "message": normalise_line(log["message"]),
    }


def _matters(log: Json, flow_run_id: str) -> bool:
    # Where to look at a run differs by nature.
    return log["flow_run_id"] == flow_run_id and log["level"] >= INFO and "View at" not in log["message"]


def _sorted(things: Iterable[Json]) -> list[Json]:
    """Things that ran side by side come in any order."""
    return sorted(things, key=repr)
