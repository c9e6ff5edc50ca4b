"""Retries in detail: growing delays, jitter, conditions, and flows that are tried again.

    python examples/core/advanced_retries.py

What is worth another attempt? A source that is busy now, not a page that does not exist. A flow that is tried again
calls its tasks again, too.
"""

from email.message import Message
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError

from headrace import flow, task
from headrace.runtime import flow_run, task_run
from headrace.tasks import exponential_backoff

ANSWERS = {"/orders": [503, 503, 200], "/customers": [404], "/stock": [500, 200]}
"""The status of each attempt to get a page."""


def get(page: str) -> str:
    """Stands for urllib.request.urlopen(...): answers as the table says."""
    status = ANSWERS[page][task_run.run_count - 1]
    if status != HTTPStatus.OK:
        raise HTTPError(f"https://shop.example{page}", status, HTTPStatus(status).phrase, Message(), None)
    return f"{page} at attempt {task_run.run_count}"


def is_passing(task: Any, task_run: Any, state: Any) -> bool:
    """Whether the server may answer another time: it was busy, or failed by itself."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, HTTPError) and error.code >= 500


# Waits 0.01, 0.02, 0.04 seconds, each up to a tenth longer: many tasks do not come back at the same instant.
@task(
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=0.01),
    retry_jitter_factor=0.1,
    retry_condition_fn=is_passing,
)
def fetch(page: str) -> str:
    return get(page)


@task
def connect(attempt: int) -> str:
    if attempt < 3:
        raise ConnectionError(f"no connection at attempt {attempt}")
    return f"connected at attempt {attempt}"


@flow
def pages() -> None:
    for page in ANSWERS:
        state = fetch(page, return_state=True)
        print(state.result() if state.is_completed() else f"{page}: {state.name} at once, {state.message}")


@flow(retries=2, retry_delay_seconds=0.01)
def database() -> str:
    return connect(flow_run.run_count)


if __name__ == "__main__":
    pages()
    print(database())
