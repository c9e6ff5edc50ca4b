"""Was Seattle warmer than usual? A pipeline over four files of real data, and a tour of flows and tasks.

    python examples/weather/main.py [FOLDER]
    headrace run examples/weather/main.py:weather_report

Days that were measured from 2012 to 2015 are compared with a typical year, and the typical years of two airports with
each other. Rows that cannot be true (an airport of Guam that lies in the middle of the Pacific) are held back, each
with its reason. A file that is busy is read again.

FOLDER, `out` by default, then holds years.csv, climates.csv, quarantine.csv and summary.json, and SHA256SUMS, which is
there only while they are whole: `sha256sum --check SHA256SUMS`.
"""

import csv
import json
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from climate import (
    Climate,
    DaysOfYear,
    Station,
    Summary,
    TypicalYear,
    YearOfWeather,
    climates,
    days_by_year,
    typical_days,
    year_of_weather,
)
from pydantic import BaseModel
from rows import Airport, AnyRow, Day, Hour, QuarantinedRow, Row, Sifted, sift
from show import show_run, show_summary
from sources import Source, open_source

from headrace import flow, get_run_logger, task, unmapped
from headrace.runtime import task_run

SEATTLE = Station(airport="SEA", hours="seattle-temps.csv")
SAN_FRANCISCO = Station(airport="SFO", hours="sf-temps.csv")

RESULTS = ("years.csv", "climates.csv", "quarantine.csv", "summary.json")
CHECKSUMS = "SHA256SUMS"


def withdraw(flow: Any, flow_run: Any, state: Any) -> None:
    """A hook for runs that begin: what the folder holds is not to be relied upon until the run is Completed."""
    Path(flow_run.parameters["folder"], CHECKSUMS).unlink(missing_ok=True)


def release(flow: Any, flow_run: Any, state: Any) -> None:
    """A hook for runs that are Completed: whoever waits for the results may have them now."""
    folder = Path(flow_run.parameters["folder"])
    sums = [f"{sha256((folder / file).read_bytes()).hexdigest()}  {file}\n" for file in RESULTS]
    (folder / CHECKSUMS).write_text("".join(sums), encoding="utf-8")


@flow(on_running=[withdraw], on_completion=[release])
def weather_report(folder: Path = Path("out")) -> Summary:
    """Compares Seattle's years with a typical one, and writes what it finds into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)

    # In the background: a future stands for a result wherever it is submitted on, and `result` waits for it.
    airports_source, days_source = read_source.map(["airports.csv", "seattle-weather.csv"])
    airports = check_airports.submit(airports_source)
    days = check_days.submit(days_source)
    seattle = typical_year(SEATTLE)
    san_francisco = typical_year(SAN_FRANCISCO)

    years = compare_year.map(split_by_year.submit(days), unmapped(seattle)).result()
    joined = join_climates.submit([seattle, san_francisco], airports).result()
    sources = [airports.result(), days.result(), seattle.hours, san_francisco.hours]
    summary = summarise(sources, years, joined)

    write_table(folder / "years.csv", YearOfWeather, years)
    write_table(folder / "climates.csv", Climate, joined)
    write_quarantine(folder / "quarantine.csv", sources)
    write_summary(folder / "summary.json", summary)
    return summary


@flow(flow_run_name="typical year of {station.airport}")
def typical_year(station: Station) -> TypicalYear:
    """A subflow, once for each station: from its typical hours to its typical days."""
    return average_days(station, check_hours(read_source(station.hours)))


@task(task_run_name="read {file}", retries=2, retry_delay_seconds=[0.05, 0.5])
def read_source(file: str) -> Source:
    """Reads a file, and tries again where it is busy."""
    return open_source(file, attempt=task_run.run_count)


@task
def check_airports(source: Source) -> Sifted[Airport]:
    """Holds back airports that nobody could find."""
    return _told(sift(source.file, source.rows, Airport))


@task
def check_days(source: Source) -> Sifted[Day]:
    """Holds back days on which something impossible was measured."""
    return _told(sift(source.file, source.rows, Day))


@task
def check_hours(source: Source) -> Sifted[Hour]:
    """Holds back hours with an impossible temperature."""
    return _told(sift(source.file, source.rows, Hour))


@task
def average_days(station: Station, hours: Sifted[Hour]) -> TypicalYear:
    """Averages a station's typical hours by day."""
    return TypicalYear(station, hours, typical_days(hours.accepted))


@task
def split_by_year(days: Sifted[Day]) -> list[DaysOfYear]:
    """Gathers the days of each year."""
    return days_by_year(days.accepted)


@task(task_run_name="compare {days.year}")
def compare_year(days: DaysOfYear, typical: TypicalYear) -> YearOfWeather:
    """Joins what was measured with what is typical, by the day of the year, and sums the year up."""
    return year_of_weather(days, typical.mean_c_by_day)


@task
def join_climates(typical_years: list[TypicalYear], airports: Sifted[Airport]) -> list[Climate]:
    """Joins the stations with their airports, by the airport's code."""
    return climates(typical_years, airports.accepted)


@task
def summarise(sources: Sequence[Sifted[Row]], years: list[YearOfWeather], joined: list[Climate]) -> Summary:
    """Gathers what was found out."""
    return Summary(sources=[source.counts for source in sources], years=years, climates=joined)


@task(task_run_name="write {path.name}")
def write_table(path: Path, kind: type[BaseModel], rows: Sequence[BaseModel]) -> Path:
    """Writes one line for each row, below the names of the fields of its kind."""
    with path.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, kind.model_fields)
        writer.writeheader()
        writer.writerows(row.model_dump(mode="json") for row in rows)
    return path


@task(task_run_name="write {path.name}")
def write_quarantine(path: Path, sources: Sequence[Sifted[Row]]) -> Path:
    """Writes which rows were held back, and why."""
    with path.open("w", newline="", encoding="utf-8") as text:
        writer = csv.DictWriter(text, QuarantinedRow.model_fields)
        writer.writeheader()
        for row in (row for source in sources for row in source.quarantined):
            writer.writerow({**row.model_dump(), "cells": json.dumps(row.cells)})
    return path


@task(task_run_name="write {path.name}")
def write_summary(path: Path, summary: Summary) -> Path:
    """Writes the summary for programs to read."""
    path.write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return path


def _told(sifted: Sifted[AnyRow]) -> Sifted[AnyRow]:
    """Tells the task run's log what became of the rows."""
    logger, counts = get_run_logger(), sifted.counts
    logger.info("%s: %d of %d rows accepted", counts.file, counts.accepted, counts.read)
    if counts.quarantined:
        logger.warning("%s: %d rows quarantined", counts.file, counts.quarantined)
    return sifted


def main() -> int:
    """Runs the pipeline, and shows what it found out and what ran."""
    folder = Path(*sys.argv[1:2] or ["out"])
    state = weather_report(folder, return_state=True)
    if (flow_run_id := state.state_details.flow_run_id) is not None:
        show_run(flow_run_id)
    if state.is_completed():
        show_summary(state.result(), folder)
    return 0 if state.is_completed() else 1


if __name__ == "__main__":
    sys.exit(main())
