"""What a script saw, written down beside Headrace: a line for each report that had returned before the line was begun.

A line is one `write` to a file of the process's own, which the kernel keeps whatever becomes of the process; where
WITNESS_DURABLE is set, it is on the disk as well before the call returns.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = [
    "await_file",
    "await_until",
    "exists",
    "flow_began",
    "flow_ended",
    "flow_ending",
    "logged",
    "made",
    "task_ended",
    "told",
]

_FOLDER = Path(os.environ["WITNESS_FOLDER"])
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_DSYNC if os.environ.get("WITNESS_DURABLE") else 0)
_descriptors: dict[int, int] = {}


def told(kind: str, **fields: Any) -> None:
    """Writes one line."""
    pid = os.getpid()
    descriptor = _descriptors.get(pid)
    if descriptor is None:
        path = _FOLDER / f"{pid}.jsonl"
        descriptor = _descriptors[pid] = os.open(path, _FLAGS, 0o666)
    os.write(descriptor, (json.dumps({"kind": kind, **fields}) + "\n").encode())


def flow_began(run_id: str | None) -> None:
    """The flow's function was entered: its begin was stored."""
    told("flow_began", id=run_id)


def flow_ending(run_id: str | None, state: str) -> None:
    """The flow's function is about to return, and will come to this state unless it is stopped."""
    told("flow_ending", id=run_id, state=state)


def flow_ended(run_id: str | None, state: str) -> None:
    """The call of the flow returned."""
    told("flow_ended", id=run_id, state=state)


def task_ended(run_id: str | None, flow_run_id: str | None, state: str = "Completed") -> None:
    """The call of the task returned."""
    told("task_ended", id=run_id, flow=flow_run_id, state=state)


def logged(message: str, flow_run_id: str | None, task_run_id: str | None = None) -> None:
    """The call of the logger returned. Messages are unique within a test."""
    told("logged", message=message, flow=flow_run_id, task=task_run_id)


def made(name: str) -> None:
    """Makes a file that the test waits for."""
    (_FOLDER / name).touch()


def exists(name: str) -> bool:
    """Whether the file of this name was made."""
    return (_FOLDER / name).exists()


def await_file(name: str) -> None:
    """Waits until the test makes the file of this name in the witness's folder."""
    await_until(lambda: exists(name))


def await_until(condition: Callable[[], bool], seconds: float = 120.0) -> None:
    """Waits for what the test, or another thread, does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("what this script waits for never came")
        time.sleep(0.002)
