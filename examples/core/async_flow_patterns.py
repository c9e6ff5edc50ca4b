"""Patterns of async flows: subflows side by side, at most so many at once, failures without an end to the others.

    python examples/core/async_flow_patterns.py

The names of flows and tasks are those of a news desk; what each of them does is to wait.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from headrace import flow, task
from headrace.states import State


class Line:
    """A telephone line, and how many talked on it at most at the same time."""

    def __init__(self, at_most: int) -> None:
        self.free = asyncio.Semaphore(at_most)
        self.talking = self.busiest = 0

    @asynccontextmanager
    async def talk(self) -> AsyncIterator[None]:
        """Waits until the line is free."""
        async with self.free:
            self.talking += 1
            self.busiest = max(self.busiest, self.talking)
            yield
            self.talking -= 1


@task
async def interview(witness: str, line: Line) -> str:
    async with line.talk():
        await asyncio.sleep(0.005)
        return f"{witness} saw it"


@flow(flow_run_name="story of {town}")
async def story(town: str, witnesses: int, line: Line) -> str:
    if not witnesses:
        raise LookupError(f"nobody in {town} saw it")
    said = await asyncio.gather(*(interview(f"witness {number}", line) for number in range(witnesses)))
    return f"{town}: {len(said)} saw it"


@flow
async def news() -> list[str]:
    line = Line(at_most=2)
    # Three subflows at the same time; each gives its state, so that one failure does not end the others.
    towns = {"Springfield": 4, "Shelbyville": 0, "Ogdenville": 3}
    states: list[State[str]] = await asyncio.gather(
        *(story(town, witnesses, line, return_state=True) for town, witnesses in towns.items())
    )
    print(f"at most {line.busiest} of {sum(towns.values())} interviews at once")
    return [await state.aresult() if state.is_completed() else f"no story: {state.message}" for state in states]


if __name__ == "__main__":
    for line in asyncio.run(news()):
        print(line)
