"""How long submitted tasks that do nothing take, one after the other: `submit.py COUNT`, or `submit.py COUNT executor`
for functions on a bare ThreadPoolExecutor. Prints microseconds, each with its half and its ninety-nine hundredths:
until the function begins, and until its result is there.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from headrace import flow, task

WARM_UP = 20


def moment() -> float:
    return time.perf_counter()


def submitted(submit: Callable[[], Any], count: int) -> dict[str, list[float]]:
    """The latencies of so many submissions."""
    taken: dict[str, list[float]] = {"beginning": [], "result": []}
    for number in range(WARM_UP + count):
        asked = time.perf_counter()
        began = submit().result()
        ended = time.perf_counter()
        if number >= WARM_UP:
            taken["beginning"].append((began - asked) * 1e6)
            taken["result"].append((ended - asked) * 1e6)
    cuts = {what: statistics.quantiles(values, n=100) for what, values in taken.items()}
    return {what: [cut[49], cut[98]] for what, cut in cuts.items()}


@flow
def many(count: int) -> dict[str, list[float]]:
    return submitted(task(moment).submit, count)


if __name__ == "__main__":
    if sys.argv[2:] == ["executor"]:
        with ThreadPoolExecutor() as executor:
            print(json.dumps(submitted(lambda: executor.submit(moment), int(sys.argv[1]))))
    else:
        print(json.dumps(many(int(sys.argv[1]))))
