"""Errors: a task that fails raises where it is called, and `try` does what it does everywhere.

    python examples/patterns/error_handling.py

What an exception ends is up to the flow: nothing, when it is handled; one branch, when the state is asked for; the
run, when it gets out. The failed task run stays in the history in each case.
"""

import csv
from pathlib import Path

from headrace import allow_failure, flow, task

DATA = Path(__file__).parents[1] / "data"


@task
def read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(newline="") as text:
        return list(csv.DictReader(text))


@task
def count(rows: list[dict[str, str]]) -> int:
    return len(rows)


@task
def report(rows: list[dict[str, str]] | Exception) -> str:
    """Gets the exception of the task before, as it is called with `allow_failure`."""
    return f"no rows: {type(rows).__name__}" if isinstance(rows, Exception) else f"{len(rows)} rows"


@flow
def handled() -> int:
    """A fallback for a file that is not there."""
    try:
        rows = read("wheat_1821")
    except FileNotFoundError:
        rows = read("wheat")
    return count(rows)


@flow
def asked_for() -> str:
    """States instead of exceptions: nothing is raised."""
    states = [read(name, return_state=True) for name in ("wheat", "barley", "crimea")]
    return ", ".join(f"{len(state.result())} rows" if state.is_completed() else "no file" for state in states)


@flow
def downstream() -> str:
    """What depends on a failed task does not run, unless it allows for the failure."""
    missing = read.submit("barley")
    counted = count.submit(missing, return_state=True)
    reported = report.submit(allow_failure(missing))
    return f"the count is {counted.name}, the report says {reported.result()!r}"


@flow
def not_handled() -> int:
    return count(read("barley"))


if __name__ == "__main__":
    print("handled:", handled())
    print("asked for:", asked_for())
    print("downstream:", downstream())
    try:
        not_handled()
    except FileNotFoundError as error:
        print("not handled:", Path(error.filename).name, "is missing, and the flow run is Failed")
