"""What a flow of many tasks adds to the process: `memory.py HOW COUNT`. Prints megabytes at the peak.

HOW is `direct`, `map` or `gather`; `results`, where each task returns something that its caller drops; or `large`,
where that is 16 MB each.
"""

import asyncio
import resource
import sys
from pathlib import Path

from headrace import flow, task

LARGE_BYTES = 16_000_000


def peak_megabytes() -> float:
    """The most memory that this process ever had."""
    if sys.platform.startswith("linux"):
        # What getrusage says may be of the program that started this one, until this one has more.
        status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(status["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


@task
def nothing(number: int) -> None:
    return None


class Frame:
    """A result that takes weak references, as data frames do; bytes and lists do not."""

    def __init__(self, content: bytes) -> None:
        self.content = content


@task
def made(number: int, size: int) -> object:
    """Bytes, a list or an object in turn; no two alike, and all of them really there."""
    content = bytes([number % 255 + 1]) * size
    return (content, [content], Frame(content))[number % 3]


@task
async def nothing_async(number: int) -> None:
    return None


@flow
def direct(count: int) -> float:
    nothing(0)
    before = peak_megabytes()
    for number in range(count):
        nothing(number)
    return peak_megabytes() - before


@flow
def mapped(count: int) -> float:
    nothing(0)
    before = peak_megabytes()
    futures = nothing.map(range(count))
    futures.wait()
    return peak_megabytes() - before


@flow
async def gather(count: int) -> float:
    await nothing_async(0)
    before = peak_megabytes()
    await asyncio.gather(*(nothing_async(number) for number in range(count)))
    return peak_megabytes() - before


@flow
def results(count: int, size: int = 100) -> float:
    made(0, size)
    before = peak_megabytes()
    for number in range(count):
        made(number, size)
    return peak_megabytes() - before


if __name__ == "__main__":
    how, count = sys.argv[1], int(sys.argv[2])
    measures = {
        "direct": lambda: direct(count),
        "map": lambda: mapped(count),
        "gather": lambda: asyncio.run(gather(count)),
        "results": lambda: results(count),
        "large": lambda: results(count, LARGE_BYTES),
    }
    print(measures[how]())
