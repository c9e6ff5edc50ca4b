"""Flows that are left in a way other than by returning: the argument says which."""

import atexit
import os
import sys
import threading

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run


@task
def work() -> str | None:
    line = f"line of {task_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)
    return task_run.id


@flow
def waits() -> None:
    """Until a signal comes."""
    witness.flow_began(flow_run.id)
    witness.task_ended(work(), flow_run.id)
    witness.made("waiting")
    witness.await_file("never")


@flow
def waits_in_task() -> None:
    witness.flow_began(flow_run.id)
    witness.task_ended(work(), flow_run.id)
    wait()


@task
def wait() -> None:
    witness.made("waiting")
    witness.await_file("never")


@flow
def waits_in_subflow() -> None:
    witness.flow_began(flow_run.id)
    waits()


@flow
def exits_hard() -> None:
    """Without any clean-up, in the middle."""
    witness.flow_began(flow_run.id)
    for _ in range(200):
        witness.task_ended(work(), flow_run.id)
    os._exit(7)


@flow
def completes() -> str | None:
    witness.flow_began(flow_run.id)
    witness.task_ended(work(), flow_run.id)
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


def raises_at_exit() -> None:
    """What users register runs before Headrace's own end, for it was registered later."""
    raise LookupError("raised while the interpreter ends")


def fails_at_exit() -> None:
    """The script itself ends by an exception, outside of its flow."""
    witness.flow_ended(completes(), "Completed")
    atexit.register(raises_at_exit)
    raise LookupError("raised by the script")


def reports_at_exit() -> None:
    """A task and a flow still run while the interpreter ends."""
    atexit.register(lambda: witness.flow_ended(completes(), "Completed"))
    atexit.register(lambda: witness.task_ended(work(), None))
    witness.flow_ended(completes(), "Completed")


def leaves_thread_behind() -> None:
    """A daemon thread is within its flow when the interpreter ends."""
    threading.Thread(target=waits, daemon=True).start()
    witness.await_file("waiting")
    witness.flow_ended(completes(), "Completed")


if __name__ == "__main__":
    globals()[sys.argv[1]]()
