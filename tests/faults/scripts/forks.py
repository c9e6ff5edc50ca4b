"""A flow makes a child process that lives on when the flow's process is killed, and reports runs of its own.

Arguments: how the child is made (fork, process, spawn), and whether it reports before its parent dies (early, late).
"""

import multiprocessing
import os
import signal
import sys

import witness

from headrace import flow, get_run_logger, task
from headrace.runtime import flow_run, task_run


@task
def work(place: str) -> str | None:
    line = f"{place} line of {task_run.id}"
    get_run_logger().info(line)
    witness.logged(line, flow_run.id, task_run.id)
    return task_run.id


@flow
def child(place: str) -> str | None:
    witness.flow_began(flow_run.id)
    witness.task_ended(work(place), flow_run.id)
    if place == "early":
        witness.made("child-reported")
        witness.await_file("go")
    witness.task_ended(work(place), flow_run.id)
    witness.flow_ending(flow_run.id, "Completed")
    return flow_run.id


def in_child(when: str) -> None:
    if when == "early":
        witness.flow_ended(child("early"), "Completed")
    else:
        witness.made("child-reported")
        witness.await_file("go")
    line = f"line of process {os.getpid()} outside of a task"
    if flow_run.id is not None:
        get_run_logger().info(line)
        witness.logged(line, flow_run.id)
    # Behind a fork within a flow, this is still that flow.
    witness.task_ended(work("child"), flow_run.id)
    witness.flow_ended(child("late"), "Completed")
    witness.made("child-done")


@flow
def parent(kind: str, when: str) -> None:
    witness.flow_began(flow_run.id)
    witness.task_ended(work("parent"), flow_run.id)
    if kind == "fork":
        if os.fork() == 0:
            in_child(when)
            os._exit(0)
    else:
        method = {"process": "fork", "spawn": "spawn"}[kind]
        multiprocessing.get_context(method).Process(target=in_child, args=(when,)).start()
    witness.task_ended(work("parent"), flow_run.id)
    witness.made("parent-ready")
    signal.pause()


if __name__ == "__main__":
    parent(sys.argv[1], sys.argv[2])
