"""`submit` and `map` in async flows: tasks on threads of their own, plain and async ones alike.

    python examples/core/async_map_and_submit.py

`asyncio.gather` runs coroutines on the thread of the flow. What computes, or blocks, is better submitted: it runs
beside the flow. Futures are handed on as in plain flows, and nobody has to wait for them by hand.
"""

import asyncio
import csv
from pathlib import Path

from headrace import flow, task, unmapped
from headrace.futures import wait

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"

Day = dict[str, str]


@task
def read_days() -> list[Day]:
    with SEATTLE.open(newline="") as text:
        return list(csv.DictReader(text))


@task
async def rain_of(month: int, days: list[Day]) -> float:
    return sum(float(day["rain_mm"]) for day in days if day["date"][5:7] == f"{month:02}")


@task
def wettest(months: list[int], rain: list[float]) -> str:
    amount, month = max(zip(rain, months, strict=True))
    return f"month {month}, with {amount:.1f} mm"


@flow
async def rain() -> str:
    months = list(range(1, 13))
    # The future of the rows is handed to twelve tasks; each starts when the rows are there.
    rain = rain_of.map(months, unmapped(read_days.submit()))
    answer = wettest.submit(months, rain)
    done, not_done = wait([answer])
    print(f"{len(done)} done, {len(not_done)} not")
    return answer.result()


if __name__ == "__main__":
    print("wettest:", asyncio.run(rain()))
