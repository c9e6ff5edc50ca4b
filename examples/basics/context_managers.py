"""`with` works as everywhere: resources around tasks, tags on all runs that begin inside of it.

    python examples/basics/context_managers.py

A resource that is opened in a flow is closed when the flow leaves its block, also where a task in it fails.
"""

import sqlite3
from contextlib import closing

from headrace import flow, tags, task

PLANETS = {"Mercury": 4879, "Venus": 12104, "Earth": 12756, "Mars": 6792, "Jupiter": 142984, "Saturn": 120536}
"""The diameters of planets at their equators, in kilometres."""


@task
def load(database: sqlite3.Connection, planets: dict[str, int]) -> int:
    database.execute("CREATE TABLE planets (name TEXT, km INTEGER)")
    return database.executemany("INSERT INTO planets VALUES (?, ?)", planets.items()).rowcount


@task
def smaller_than(database: sqlite3.Connection, name: str) -> list[str]:
    query = "SELECT name FROM planets WHERE km < (SELECT km FROM planets WHERE name = ?) ORDER BY km"
    return [planet for (planet,) in database.execute(query, [name])]


@flow
def planets() -> list[str]:
    # Both tasks use one connection, so they are called one after the other, in the thread that opened it.
    with closing(sqlite3.connect(":memory:")) as database:
        with tags("load"):
            print(load(database, PLANETS), "planets loaded")
        with tags("query", "cheap"):
            return smaller_than(database, "Earth")


if __name__ == "__main__":
    with tags("astronomy"):
        print("smaller than Earth:", ", ".join(planets()))
