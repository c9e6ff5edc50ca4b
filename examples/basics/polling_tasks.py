"""Waiting for somebody else: a task that asks again and again, until what it waits for is there.

    python examples/basics/polling_tasks.py

Each time that the export is not ready yet, the task fails and is tried again after a delay. So each question is an
attempt of one task run: the run shows how often was asked, and it fails by itself when that was too often.
"""

from headrace import flow, get_run_logger, task


class Export:
    """Stands for the job of another system, which is done when it was asked some times."""

    def __init__(self, done_after: int) -> None:
        self.questions = 0
        self.done_after = done_after

    def status(self) -> str:
        """`running`, and in the end `done`."""
        self.questions += 1
        return "done" if self.questions >= self.done_after else "running"


class NotReadyError(Exception):
    """Asked too early."""


# Real jobs take minutes: retry_delay_seconds=30, or growing delays: exponential_backoff(10).
@task(retries=3, retry_delay_seconds=0.02)
def wait_until_done(export: Export) -> int:
    status = export.status()
    get_run_logger().info("the export is %s", status)
    if status != "done":
        raise NotReadyError(f"the export is {status}")
    return export.questions


@flow
def fetch_export(done_after: int) -> str:
    export = Export(done_after)
    questions = wait_until_done(export)
    return f"ready after {questions} questions"


if __name__ == "__main__":
    print(fetch_export(done_after=3))
    state = fetch_export(done_after=100, return_state=True)
    print(f"{state.name}: {state.result(raise_on_failure=False)} after 4 questions")
