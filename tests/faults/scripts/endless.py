"""Runs until it is killed: flows with tasks, lines, subflows, threads of the flow, threads with flows of their own."""

import contextvars
import itertools
import threading
from collections.abc import Callable

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run

numbers = itertools.count()


def say() -> None:
    line = f"line {next(numbers)} of {flow_run.id} in {task_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)


@task
def work() -> str | None:
    say()
    return task_run.id


@task
def quiet(upstream: object) -> str | None:
    return task_run.id


@task
def fail() -> None:
    raise LookupError(task_run.id)


def some_tasks(count: int) -> None:
    for _ in range(count):
        run_id = work()
        witness.task_ended(run_id, flow_run.id)
        witness.task_ended(quiet(run_id), flow_run.id)
    try:
        fail()
    except LookupError as error:
        witness.task_ended(str(error), flow_run.id, "Failed")


@flow
def child() -> str | None:
    witness.flow_began(flow_run.id)
    some_tasks(2)
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


@flow
def failing_child() -> None:
    witness.flow_began(flow_run.id)
    say()
    witness.flow_ending(flow_run.id, "Failed")
    raise LookupError(flow_run.id)


@flow
def parent() -> str | None:
    witness.flow_began(flow_run.id)
    say()
    threads = [within_flow(lambda: some_tasks(5)) for _ in range(2)]
    witness.flow_ended(child(), "Completed")
    some_tasks(3)
    try:
        failing_child()
    except LookupError as error:
        witness.flow_ended(str(error), "Failed")
    for thread in threads:
        thread.join()
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


def within_flow(target: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=contextvars.copy_context().run, args=(target,), daemon=True)
    thread.start()
    return thread


def flows_for_ever() -> None:
    while True:
        witness.flow_ended(parent(), "Completed")


def tasks_for_ever() -> None:
    while True:
        witness.task_ended(quiet(None), None)


if __name__ == "__main__":
    for target in (flows_for_ever, flows_for_ever, tasks_for_ever):
        threading.Thread(target=target, daemon=True).start()
    flows_for_ever()
