"""A process is made while threads of a pool are at work: forks_at_work.py KIND PLACE.

PLACE is what makes it: the flow, a task that it calls, or a task that it submits.
"""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import witness

from headrace import flow, task

began = threading.Event()
child_is_over = threading.Event()


@task
def busy() -> None:
    began.set()
    child_is_over.wait()


@task
def one(number: int = 0) -> int:
    return number + 1


@flow
def child() -> int:
    return one() + one.submit(1).result()


def square(number: int) -> int:
    return number * number


def forked(in_child: Callable[[], Any]) -> Any:
    """What the child returns, in the child; its exit code, in the parent."""
    pid = os.fork()
    if pid == 0:
        return in_child()
    witness.told("child", code=os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    return None


def fail() -> None:
    raise ValueError("in the child")


def run_and_leave() -> None:
    code = child() + one()
    os._exit(code)


def submit_and_leave() -> None:
    """To the runner of the parent's flow run."""
    os._exit(one.submit(6).result())


def run_child() -> None:
    child()


def in_process(method: str) -> None:
    process = multiprocessing.get_context(method).Process(target=run_child)
    process.start()
    process.join()
    witness.told("child", code=process.exitcode)


def in_pool(method: str) -> None:
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(square, range(4)) == [0, 1, 4, 9]


def in_executor(method: str) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as executor:
        assert list(executor.map(square, range(4))) == [0, 1, 4, 9]


def in_program() -> None:
    assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, check=True).stdout == b"1\n"


KINDS: dict[str, Callable[..., Any]] = {
    "leaves": lambda: forked(lambda: os._exit(7)),
    "returns": lambda: forked(lambda: "child"),
    "raises": lambda: forked(fail),
    "exits": lambda: forked(lambda: sys.exit(9)),
    "runs": lambda: forked(run_and_leave),
    "submits": lambda: forked(submit_and_leave),
    "program": in_program,
    **{
        f"{kind}-{method}": lambda work=work, method=method: work(method)
        for kind, work in (("process", in_process), ("pool", in_pool), ("executor", in_executor))
        for method in ("fork", "spawn", "forkserver")
    },
}


@task
def makes(kind: str) -> Any:
    return KINDS[kind]()


@flow
def parent(kind: str, place: str) -> Any:
    busy.submit()
    began.wait()
    try:
        return KINDS[kind]() if place == "flow" else makes(kind) if place == "task" else makes.submit(kind).result()
    finally:
        child_is_over.set()


if __name__ == "__main__":
    parent(*sys.argv[1:])
