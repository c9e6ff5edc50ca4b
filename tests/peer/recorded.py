"""What a script left behind on either side, brought to one form in which equal behaviour is an equal value.

Ids, generated names and times differ from run to run; states, names that users gave, the tree of runs, the edges
between tasks and what users logged do not. The two engines word their own lines and messages each in its own way: of
those, only what they say is compared (which run begins, how one ended, which exception was raised).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Recorded", "Told", "runs_as_trees"]

Json = dict[str, Any]
INFO = 20

# What an engine says of itself, in either wording.
BEGINS = re.compile(r"Beginning (?:sub)?flow run '[^']+' for flow '([^']+)'")
ENDS = re.compile(r"Finished in state (\w+)\(")
RAISED = re.compile(r"(Encountered exception during execution|(Task|Flow) run (failed|timed out)( with exception)?): ")
CRASHED = re.compile(r"(Crash detected!|(Task|Flow) run (crashed|cancelled|failed with state))")
# What is said of a run whose time was up; the peer shows the traceback of some of them, and warns of threads.
TIMED_OUT = re.compile(
    r"(Task|Flow) run (failed due to timeout|exceeded timeout of)|Timeout of [\d.]+ seconds configured"
)
OF_A_TIMEOUT = re.compile(r"(\w+\.)*(TaskRun|FlowRun)?TimeoutError\b|Its code was left at ")
# What only one of them says: of which run a traceback is, and the exception that stands for a state made by hand.
NOTE = re.compile(r"In (task|flow) run '")
OF_A_STATE = re.compile(r"headrace\.exceptions\.(Cancelled|Crashed|Failed)Run\b")
# What is said of a hook. The peer tells of a hook of Running outside of the flow run's log, as it is not there yet.
HOOK_BEGINS = re.compile(r"(?:Running|Calling) hook '([^']+)' (?:in response to entering|for) state '([^']+)'")
HOOK_RAISED = re.compile(r"(?:An error was encountered while running hook|Hook) '([^']+)'(?: raised|\n)")
HOOK_ENDS = re.compile(r"Hook '[^']+' (?:finished running successfully|is done)")
# Where to look at a run differs by nature.
ELSEWHERE = re.compile(r"View at ")
# What the peer says between the attempts of a flow run.
RETRIED = re.compile(r"Received non-final state 'AwaitingRetry'")
# Where an object lies in memory differs from run to run.
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
# The type and the text of the exception that a state's message tells of.
REASON = re.compile(r"(?:exception:? |error: |not started\. )(\w+)(?:: ?(.*))?", re.DOTALL)


@dataclass(frozen=True)
class Recorded:
    """The rows of one script as the REST API shows them."""

    flows: list[Json]
    flow_runs: list[Json]
    task_runs: list[Json]
    logs: list[Json]


@dataclass(frozen=True)
class Told:
    """What the process of one script said: its exit code, its standard output, the exception that ended it."""

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
        logs = [log for log in recorded.logs if log["flow_run_id"] == run["id"] and log["level"] >= INFO]
        return {
            "flow": flow_names[run["flow_id"]],
            "state": _state(run),
            "parameters": _without_ids(run["parameters"]),
            "tags": sorted(run["tags"]),
            "runs counted": run["run_count"],
            "tasks": _sorted(_task(task, labels) for task in recorded.task_runs if task["flow_run_id"] == run["id"]),
            # Of a run that never began, the peer tells in the terminal alone.
            "lines": _sorted(line for log in logs if run["run_count"] and (line := _line(log, labels))),
            "called": _sorted(tree(child) for child in children),
        }

    roots = [run for run in recorded.flow_runs if run["parent_task_run_id"] not in parents]
    trees = [tree(run) for run in sorted(roots, key=lambda run: run["start_time"] or run["created"])]
    # Which of the runs that an exception passes through tells of it is the engine's business; that it is told is not.
    return [{"exceptions told": _exceptions_told(recorded.logs)}, *trees]


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
    """Type and name of a run's state, and the exception that it failed by."""
    state = f"{run['state_type']} {run['state_name']}"
    reason = REASON.search((run["state"] or {}).get("message") or "") if run["state_type"] == "FAILED" else None
    if reason is None:
        return state
    # What is wrong with parameters is worded by each engine.
    if reason[1] == "ParameterTypeError":
        return f"{state} {reason[1]}"
    return f"{state} {reason[1]}: {ADDRESS.sub('', reason[2] or '') or None}"


def _line(log: Json, labels: dict[str, str]) -> Json | None:
    """A line of a run's log; None where it is the engine's own and does not say how a run begins or ends."""
    message: str = log["message"].strip()
    told_by = labels.get(log["task_run_id"], "the task run") if log["task_run_id"] else "the flow run"
    if begins := BEGINS.match(message):
        return {"of": told_by, "engine": f"begins {begins[1]}"}
    if ends := ENDS.match(message):
        return {"of": told_by, "engine": f"ends {ends[1]}"}
    if begins := HOOK_BEGINS.match(message):
        return {"of": told_by, "hook": begins[1], "for": begins[2]} if begins[2] != "Running" else None
    if raised := HOOK_RAISED.match(message):
        return {"of": told_by, "hook": raised[1], "raised": _without_note(message)}
    if HOOK_ENDS.match(message):
        return None
    if RAISED.match(message) or CRASHED.match(message) or ELSEWHERE.match(message) or RETRIED.match(message):
        return None
    if TIMED_OUT.match(message):
        return None
    return {"of": told_by, "level": log["level"], "message": _without_frames(message)}


def _without_frames(message: str) -> str:
    """A message without what lies between it and the last line of its traceback."""
    first, *rest = message.splitlines() or [""]
    has_traceback = any("Traceback (most recent call last)" in line for line in rest)
    return f"{first} ... {rest[-1]}" if has_traceback else message


def _exceptions_told(logs: Iterable[Json]) -> list[str]:
    """The exceptions whose tracebacks an engine tells, by their last lines, each once; not those made of states."""
    told = {_without_note(log["message"].strip()) for log in logs if _has_traceback(log["message"])}
    return sorted(each for each in told if not (OF_A_STATE.match(each) or OF_A_TIMEOUT.match(each)))


def _has_traceback(message: str) -> bool:
    """Whether a message tells of an exception with its traceback; of one that is tried again, there may be none."""
    return RAISED.match(message) is not None and "Traceback" in message


def _without_note(message: str) -> str:
    """The last line of a traceback, before the line that says of which run it is."""
    return [line for line in message.splitlines() if not NOTE.match(line)][-1]


def _sorted(things: Iterable[Json]) -> list[Json]:
    """Things that ran side by side come in any order."""
    return sorted(things, key=repr)
