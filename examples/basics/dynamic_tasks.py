"""As many tasks as there is work: what to do is found out at run time, and `map` runs a task for each piece of it.

    python examples/basics/dynamic_tasks.py

`map` takes lists, and gives a list of futures. The tasks run at the same time; their results come in the order of the
items. `unmapped` hands the same value to each.
"""

import csv
import math
from pathlib import Path

from headrace import flow, task, unmapped

AIRPORTS = Path(__file__).parents[1] / "data" / "airports.csv"
EARTH_RADIUS_KM = 6371

Airport = dict[str, str]


@task
def read_airports() -> list[Airport]:
    with AIRPORTS.open(newline="") as text:
        return list(csv.DictReader(text))


@task
def distance_km(home: Airport, other: Airport) -> int:
    """The way between two airports along a great circle, by the haversine formula."""
    lat1, lon1, lat2, lon2 = (
        math.radians(float(at[axis])) for at in (home, other) for axis in ("latitude", "longitude")
    )
    h = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_RADIUS_KM * math.asin(math.sqrt(h)))


@task
def farthest(airports: list[Airport], distances: list[int]) -> str:
    distance, airport = max(zip(distances, airports, strict=True), key=lambda pair: pair[0])
    return f"{airport['city']}, {distance} km away"


@flow
def farthest_from(code: str) -> str:
    airports = read_airports()
    home = next(airport for airport in airports if airport["code"] == code)
    others = [airport for airport in airports if airport is not home]
    # Nobody knew how many there are before the file was read.
    distances = distance_km.map(unmapped(home), others)
    print(f"{len(distances)} distances from {home['city']}")
    return farthest.submit(others, distances).result()


if __name__ == "__main__":
    print("farthest:", farthest_from("SEA"))
