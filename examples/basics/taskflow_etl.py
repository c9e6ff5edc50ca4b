"""Extract, transform, load: three tasks, one table in a database at the end.

    python examples/basics/taskflow_etl.py

Florence Nightingale counted what the British army in the Crimea died of. A row of her table has one column for each
cause; the database gets one row for each month and cause.
"""

import csv
import sqlite3
import tempfile
from pathlib import Path
from typing import NamedTuple

from headrace import flow, task

CRIMEA = Path(__file__).parents[1] / "data" / "crimea.csv"


class Deaths(NamedTuple):
    """How many died of one cause in one month."""

    month: str
    cause: str
    deaths: int


@task
def extract(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as text:
        return list(csv.DictReader(text))


@task
def transform(rows: list[dict[str, str]]) -> list[Deaths]:
    return [Deaths(row["month"], cause, int(row[cause])) for row in rows for cause in ("disease", "wounds", "other")]


@task
def load(deaths: list[Deaths], database: Path) -> int:
    connection = sqlite3.connect(database)
    with connection:
        connection.execute("CREATE TABLE deaths (month TEXT, cause TEXT, deaths INTEGER)")
        connection.executemany("INSERT INTO deaths VALUES (?, ?, ?)", deaths)
    connection.close()
    return len(deaths)


@flow
def etl(source: Path, database: Path) -> int:
    rows = extract(source)
    deaths = transform(rows)
    return load(deaths, database)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "crimea.db"
        print(etl(CRIMEA, database), "rows loaded")
        connection = sqlite3.connect(database)
        query = "SELECT cause, SUM(deaths) FROM deaths GROUP BY cause ORDER BY 2 DESC"
        for cause, deaths in connection.execute(query):
            print(f"{deaths:6} deaths of {cause}")
        connection.close()


if __name__ == "__main__":
    main()
