"""Three ways to get at a result: the value, the future, the state.

    python examples/basics/task_results.py

A call gives the value. `submit` gives a future, whose result can be asked for when it is needed. `return_state=True`
gives the final state, which also tells of failures without raising them.
"""

import csv
from pathlib import Path

from headrace import flow, task

WHEAT = Path(__file__).parents[1] / "data" / "wheat.csv"


@task
def read_rows() -> list[dict[str, str]]:
    with WHEAT.open(newline="") as text:
        return list(csv.DictReader(text))


@task
def weeks_of_work(row: dict[str, str]) -> float:
    """For how many weeks a good mechanic worked for a quarter of wheat."""
    return float(row["price"]) / float(row["wages"])


@flow
def prices_in_weeks() -> dict[str, float]:
    rows = read_rows()
    first, last, unknown = rows[0], rows[49], rows[-1]

    value = weeks_of_work(first)
    print(f"{first['year']}: {value:.1f} weeks (the value)")

    future = weeks_of_work.submit(last)
    print(f"{last['year']}: {future.result():.1f} weeks (the result of a future)")

    # Playfair did not write down the wages of 1820.
    state = weeks_of_work(unknown, return_state=True)
    print(f"{unknown['year']}: {state.name} (the state)")
    print(f"  its message: {state.message}")
    print(f"  its result: {state.result(raise_on_failure=False)!r}")

    return {first["year"]: round(value, 1), last["year"]: round(future.result(), 1)}


if __name__ == "__main__":
    print("the flow's own result:", prices_in_weeks())
