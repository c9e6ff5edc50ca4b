"""Async: `async def` flows and tasks are awaited, plain tasks are called, and one run holds both.

    python examples/core/async_tasks.py

Everything that a plain flow can do is there: states, retries, names, tags, hooks.
"""

import asyncio
import csv
from pathlib import Path

from headrace import flow, task

AIRPORTS = Path(__file__).parents[1] / "data" / "airports.csv"


@task
def read_airports() -> dict[str, str]:
    """A plain task: it computes, and waits for nobody."""
    with AIRPORTS.open(newline="") as text:
        return {row["code"]: row["city"] for row in csv.DictReader(text)}


@task(retries=1)
async def ask_tower(code: str) -> str:
    """Waits for an answer, as for one from the network."""
    await asyncio.sleep(0.01)
    return f"{code} is open"


@flow
async def towers(*codes: str) -> list[str]:
    cities = read_airports()
    # One after the other: each answer is awaited before the next question. See concurrent_async.py.
    answers = [await ask_tower(code) for code in codes]
    return [f"{answer} ({cities[code]})" for code, answer in zip(codes, answers, strict=True)]


async def main() -> None:
    for line in await towers("SEA", "HNL"):
        print(line)
    state = await towers("ANC", return_state=True)
    print(f"{state.name}: {', '.join(await state.aresult())}")


if __name__ == "__main__":
    asyncio.run(main())
