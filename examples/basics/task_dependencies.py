"""What depends on what: results make tasks depend on each other, and `wait_for` where there is no result to hand on.

    python examples/basics/task_dependencies.py

          ┌─> hottest ─┐
    days ─┤            ├─> write ─> check
          └─> wettest ─┘

`submit` starts a task in the background and gives a future. A future is handed to other tasks as if it were the result:
they wait for it, and the edge between the two runs is recorded.
"""

import csv
import tempfile
from pathlib import Path

from headrace import flow, task

SEATTLE = Path(__file__).parents[1] / "data" / "seattle.csv"
Day = dict[str, str]


@task
def read_days() -> list[Day]:
    with SEATTLE.open(newline="") as text:
        return list(csv.DictReader(text))


@task
def hottest(days: list[Day]) -> str:
    day = max(days, key=lambda day: float(day["max_c"]))
    return f"{day['date']}, {day['max_c']} °C"


@task
def wettest(days: list[Day]) -> str:
    day = max(days, key=lambda day: float(day["rain_mm"]))
    return f"{day['date']}, {day['rain_mm']} mm"


@task
def write(path: Path, hot: str, wet: str) -> None:
    path.write_text(f"hottest: {hot}\nwettest: {wet}\n")


@task
def check(path: Path) -> str:
    return path.read_text()


@flow
def records(folder: Path) -> str:
    path = folder / "records.txt"
    days = read_days()
    # These two do not depend on each other, and run at the same time.
    hot = hottest.submit(days)
    wet = wettest.submit(days)
    written = write.submit(path, hot, wet)
    # Nothing that `write` returns is needed, but it has to be there first.
    return check(path, wait_for=[written])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(records(Path(folder)), end="")
