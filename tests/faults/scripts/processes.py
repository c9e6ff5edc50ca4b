"""Tasks in a pool of two processes, each of which writes down that it ran, and in which process.

processes.py COUNT [FILE]; with the name of a file, the flow waits for that before its first task
"""

import os
import sys
from pathlib import Path

import witness

from headrace import flow, task
from headrace.exceptions import MissingResult
from headrace.task_runners import ProcessPoolTaskRunner

WITNESS = Path(os.environ["WITNESS_FOLDER"])


@task(task_run_name="step-{number}")
def step(number: int) -> int:
    with (WITNESS / "steps.jsonl").open("a") as seen:
        seen.write(f"[{number}, {os.getpid()}]\n")
    # Work that a signal finds in the middle.
    sum(range(20_000))
    return number


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def many(count: int) -> None:
    if len(sys.argv) > 2:
        witness.made("waiting")
        witness.await_file(sys.argv[2])
    futures = step.map(range(count))
    futures.wait()
    for number, future in enumerate(futures):
        try:
            assert future.state.is_crashed() or future.result() == number
        except MissingResult:
            assert future.state.is_completed()  # Its process was killed when it had told that, and before it replied.


if __name__ == "__main__":
    many(int(sys.argv[1]))
