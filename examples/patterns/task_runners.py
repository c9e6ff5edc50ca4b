"""Task runners: where the tasks of a flow run that are submitted and mapped.

    python examples/patterns/task_runners.py

Threads are for tasks that wait: for the network, for a disk, for a database. Processes are for tasks that compute:
each has an interpreter of its own. Tasks of a pool of processes are functions of a module, and what they are given and
return is pickled; below `if __name__ == "__main__":` is what only the first process does.
"""

import os
from threading import Barrier

from headrace import flow, task, unmapped
from headrace.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner


@task
def meet(name: str, others: Barrier) -> str:
    """Waits until three are here: they run at the same time, or never."""
    others.wait(timeout=30)
    return f"{name} is here"


@flow(task_runner=ThreadPoolTaskRunner(max_workers=3))
def threads() -> list[str]:
    return meet.map(["Ada", "Grace", "Mary"], unmapped(Barrier(3))).result()


@task
def primes_below(limit: int) -> int:
    """How many prime numbers there are below a limit, by trial division."""
    return sum(all(number % divisor for divisor in range(2, int(number**0.5) + 1)) for number in range(2, limit))


@task
def process() -> int:
    return os.getpid()


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def processes() -> list[int]:
    print("in a process of its own:", process.submit().result() != os.getpid())
    return primes_below.map([100, 1_000, 10_000]).result()


if __name__ == "__main__":
    print(", ".join(threads()))
    print("primes below 100, 1,000 and 10,000:", processes())
