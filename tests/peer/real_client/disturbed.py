"""A flow of the peer's with mapped and chained tasks, a retry and a subflow; prints what ran, as those tasks saw it."""

import json
import threading

from prefect import flow, get_run_logger, runtime, task

WIDTH = 12
seen: dict[str, list[str]] = {}
lock = threading.Lock()


def see() -> int:
    """How often this task run has run so far, this time included."""
    with lock:
        seen.setdefault(str(runtime.task_run.id), []).append(str(runtime.flow_run.id))
        return len(seen[str(runtime.task_run.id)])


@task
def work(number: int) -> int:
    see()
    get_run_logger().info("line %d", number)
    return number


@task(retries=1)
def flaky(number: int) -> int:
    if see() == 1:
        raise RuntimeError("once")
    return number


@flow
def child(number: int) -> int:
    return work(number)


@flow
def pipeline() -> str:
    mapped = work.map(range(WIDTH)).result()
    assert child(flaky(sum(mapped) + WIDTH)) == sum(range(WIDTH)) + WIDTH
    return str(runtime.flow_run.id)


if __name__ == "__main__":
    print(json.dumps({"flow_run": pipeline(), "tasks": seen}))
