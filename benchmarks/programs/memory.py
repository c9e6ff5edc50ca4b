"""What a flow of many tasks adds to the process: `memory.py direct|gather COUNT`. Prints megabytes at the peak."""

import asyncio
import resource
import sys

from headrace import flow, task

# Linux counts in kilobytes, macOS in bytes.
UNITS_PER_MEGABYTE = 1024 if sys.platform.startswith("linux") else 1024 * 1024


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / UNITS_PER_MEGABYTE


@task
def nothing(number: int) -> None:
    return None


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
async def gather(count: int) -> float:
    await nothing_async(0)
    before = peak_megabytes()
    await asyncio.gather(*(nothing_async(number) for number in range(count)))
    return peak_megabytes() - before


if __name__ == "__main__":
    how, count = sys.argv[1], int(sys.argv[2])
    print(asyncio.run(gather(count)) if how == "gather" else direct(count))
