"""No-op tasks in two other processes: `process_pool.py COUNT` prints the microseconds of one, once the processes are
there; with a COUNT of 0, the milliseconds until the first result.
"""

import sys
import time

from headrace import flow, task
from headrace.task_runners import ProcessPoolTaskRunner


@task
def nothing(number: int) -> None:
    return None


@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def many(count: int) -> None:
    began = time.perf_counter()
    nothing.submit(0).result()
    if not count:
        print((time.perf_counter() - began) * 1e3)
        return
    nothing.map(range(8)).wait()
    began = time.perf_counter()
    nothing.map(range(count)).wait()
    print((time.perf_counter() - began) / count * 1e6)


if __name__ == "__main__":
    many(int(sys.argv[1]))
