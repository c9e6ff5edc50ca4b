"""The main job as a user runs it: a process of its own on the real data, and what it leaves behind."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from headrace._engine.session import close_session
from tests.acceptance.stored import Stored
from tests.examples.stories import stored_story

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "examples" / "weather" / "main.py"
SOURCES = ("airports.csv", "seattle-weather.csv", "seattle-temps.csv", "sf-temps.csv")
RESULTS = ("years.csv", "climates.csv", "quarantine.csv", "summary.json")
CHECKSUMS = "SHA256SUMS"

# Looked up by hand: airports without a place, outside of the United States, or on the wrong side of the globe.
WITHOUT_A_PLACE = {"CLD", "HHH", "MIB", "MQT", "RCA", "RDR", "SCE", "SKA"}
ABROAD = {"ROP", "ROR", "SPN", "YAP"}
WITH_A_CODE_THAT_IS_NOT_POSTAL = {"GRO", "GSN", "TNI", "TT01"}
MISPLACED = {"GUM", "FAQ", "PPG", "Z08"}


@dataclass(frozen=True)
class Pipeline:
    """A run of the main job that has ended."""

    home: Path
    folder: Path
    printed: str
    told: str


def run_main(home: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(MAIN), str(folder)],
        env={**os.environ, "HEADRACE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    place = tmp_path_factory.mktemp("weather")
    done = run_main(place / "home", place / "out")
    assert done.returncode == 0, done.stderr
    return Pipeline(place / "home", place / "out", done.stdout, done.stderr)


@pytest.fixture
def stored(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stored]:
    """What the run left in its home."""
    close_session()
    monkeypatch.setenv("HEADRACE_HOME", str(pipeline.home))
    yield Stored()
    close_session()


def source(file: str) -> list[dict[str, str]]:
    """A file that the main job reads, as text."""
    package = find_spec("vega_datasets")
    assert package is not None
    assert package.origin is not None
    with (Path(package.origin).parent / "_data" / file).open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def result(pipeline: Pipeline, file: str) -> list[dict[str, str]]:
    """A table that it wrote, as text."""
    with (pipeline.folder / file).open(newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def summary(pipeline: Pipeline) -> dict[str, Any]:
    return json.loads((pipeline.folder / "summary.json").read_text(encoding="utf-8"))


def test_every_row_is_either_accepted_or_quarantined(pipeline: Pipeline) -> None:
    counts = {counted["file"]: counted for counted in summary(pipeline)["sources"]}
    assert tuple(counts) == SOURCES
    assert {file: counted["read"] for file, counted in counts.items()} == {file: len(source(file)) for file in SOURCES}
    assert all(counted["accepted"] + counted["quarantined"] == counted["read"] for counted in counts.values())
    assert [counted["quarantined"] for counted in counts.values()] == [20, 0, 0, 0]


def test_the_quarantine_says_which_row_and_why(pipeline: Pipeline) -> None:
    airports = source("airports.csv")
    reasons: dict[str, str] = {}
    for held_back in result(pipeline, "quarantine.csv"):
        cells = json.loads(held_back["cells"])
        assert held_back["file"] == "airports.csv"
        assert cells == airports[int(held_back["row"]) - 1]
        reasons[cells["iata"]] = held_back["reason"]
    by_reason = {
        why: {code for code, reason in reasons.items() if why in reason}
        for why in ("city is missing", "country Input should be 'USA'", "no postal code", "is far from")
    }
    assert by_reason == {
        "city is missing": WITHOUT_A_PLACE | ABROAD,
        "country Input should be 'USA'": ABROAD,
        "no postal code": WITH_A_CODE_THAT_IS_NOT_POSTAL,
        "is far from": MISPLACED,
    }
    assert set(reasons) == set.union(*by_reason.values())


def test_the_years_are_those_of_the_file(pipeline: Pipeline) -> None:
    days: dict[str, list[dict[str, str]]] = defaultdict(list)
    for day in source("seattle-weather.csv"):
        days[day["date"][:4]].append(day)
    years = result(pipeline, "years.csv")
    assert [year["year"] for year in years] == sorted(days)
    for year in years:
        of_year = days[year["year"]]
        precipitation = [Decimal(day["precipitation"]) for day in of_year]
        extremes = [Decimal(day[column]) for day in of_year for column in ("temp_max", "temp_min")]
        assert int(year["days"]) == len(of_year)
        assert Decimal(year["precipitation_mm"]) == sum(precipitation)
        assert int(year["wet_days"]) == sum(fallen >= 1 for fallen in precipitation)
        assert abs(Decimal(year["mean_c"]) - sum(extremes) / len(extremes)) <= Decimal("0.05")
        assert Decimal(year["warmest_c"]) == max(extremes)
        assert Decimal(year["coldest_c"]) == min(extremes)


def test_the_years_are_compared_with_the_same_days_of_a_typical_year(pipeline: Pipeline) -> None:
    hours: dict[str, list[Decimal]] = defaultdict(list)
    for hour in source("seattle-temps.csv"):
        hours[hour["date"][5:10]].append((Decimal(hour["temp"]) - 32) / Decimal("1.8"))
    assert len(hours) == 365
    differences: dict[str, list[Decimal]] = defaultdict(list)
    for day in source("seattle-weather.csv"):
        if typical := hours.get(day["date"][5:10]):
            mean = (Decimal(day["temp_max"]) + Decimal(day["temp_min"])) / 2
            differences[day["date"][:4]].append(mean - (max(typical) + min(typical)) / 2)
    for year in result(pipeline, "years.csv"):
        of_year = differences[year["year"]]
        assert len(of_year) == 365
        assert abs(Decimal(year["above_typical_c"]) - sum(of_year) / 365) <= Decimal("0.05")


def test_the_climates_are_those_of_the_files_with_the_names_of_the_airports(pipeline: Pipeline) -> None:
    airports = {airport["iata"]: airport for airport in source("airports.csv")}
    climates = result(pipeline, "climates.csv")
    assert [climate["airport"] for climate in climates] == ["SEA", "SFO"]
    for climate, file in zip(climates, ("seattle-temps.csv", "sf-temps.csv"), strict=True):
        by_month: dict[int, list[float]] = defaultdict(list)
        for hour in source(file):
            by_month[int(hour["date"][5:7])].append((float(hour["temp"]) - 32) / 1.8)
        means = {month: sum(values) / len(values) for month, values in by_month.items()}
        assert float(climate["coldest_month_c"]) == pytest.approx(min(means.values()), abs=0.05)
        assert means[int(climate["coldest_month"])] == min(means.values())
        assert float(climate["warmest_month_c"]) == pytest.approx(max(means.values()), abs=0.05)
        assert means[int(climate["warmest_month"])] == max(means.values())
        airport = airports[climate["airport"]]
        assert [climate[field] for field in ("name", "city", "state")] == [
            airport[field] for field in ("name", "city", "state")
        ]


def test_the_summary_says_what_the_tables_say(pipeline: Pipeline) -> None:
    told = summary(pipeline)
    for part in ("years", "climates"):
        rows = [{name: str(value) for name, value in row.items()} for row in told[part]]
        assert rows == result(pipeline, f"{part}.csv")


def test_a_second_run_writes_the_same_bytes(pipeline: Pipeline) -> None:
    written = (*RESULTS, CHECKSUMS)
    before = {file: (pipeline.folder / file).read_bytes() for file in written}
    assert sorted(path.name for path in pipeline.folder.iterdir()) == sorted(written)
    again = run_main(pipeline.home.with_name("another home"), pipeline.folder)
    assert again.returncode == 0, again.stderr
    assert {file: (pipeline.folder / file).read_bytes() for file in written} == before


def test_the_checksums_are_those_of_the_results(pipeline: Pipeline) -> None:
    sums = dict(line.split("  ")[::-1] for line in (pipeline.folder / CHECKSUMS).read_text().splitlines())
    assert sums == {file: sha256((pipeline.folder / file).read_bytes()).hexdigest() for file in RESULTS}


def test_the_command_line_runs_the_same_flow(pipeline: Pipeline, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "headrace", "run", f"{MAIN}:weather_report"],
        cwd=tmp_path,
        env={**os.environ, "HEADRACE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for file in RESULTS:
        assert (tmp_path / "out" / file).read_bytes() == (pipeline.folder / file).read_bytes()


def test_a_failure_is_shown_withdraws_the_checksums_and_ends_the_process_with_1(tmp_path: Path) -> None:
    in_the_way = tmp_path / "out" / "years.csv"
    in_the_way.mkdir(parents=True)
    checksums = tmp_path / "out" / CHECKSUMS
    checksums.write_text("of an earlier run")
    done = run_main(tmp_path / "home", tmp_path / "out")
    assert done.returncode == 1
    assert "IsADirectoryError" in done.stderr
    assert not checksums.exists()
    assert re.search(r"^Flow run [a-z]+-[a-z]+: Failed after \d", done.stdout, re.MULTILINE)
    assert re.search(r"^ write years.csv +1 +\d+ ms +Failed +$", done.stdout, re.MULTILINE)
    assert "rows" not in done.stdout


def test_it_prints_what_it_found(pipeline: Pipeline) -> None:
    lines = {" ".join(line.split()) for line in pipeline.printed.splitlines()}
    assert {
        "2012 11.3 °C -0.1 °C 1226 mm 148 34.4 °C -3.3 °C",
        "2015 13.1 °C +1.7 °C ███████ 1139 mm 116 35.0 °C -3.8 °C",
        "Seattle-Tacoma Intl (SEA) 11.1 °C 4.7 °C, Dec 18.4 °C, Aug",
        "airports.csv 3376 3356 20",
        "sf-temps.csv 8759 8759 0",
    } <= lines
    assert pipeline.printed.endswith(f"quarantined: {pipeline.folder}/\n")
    assert max(map(len, pipeline.printed.splitlines()[2:-1])) <= 80


def test_it_prints_what_ran(pipeline: Pipeline, stored: Stored) -> None:
    run = stored.flow_run("weather-report")
    assert pipeline.printed.startswith(
        f"Flow run {run.name}: Completed after {run.total_run_time.total_seconds():.2f} s\n"
    )
    assert f"headrace flow-run inspect {run.name}\n" in pipeline.printed
    for task_run in stored.task_runs():
        if task_run.state is not None and not task_run.state.state_details.child_flow_run_id:
            took = f"{task_run.total_run_time.total_seconds() * 1000:.0f} ms"
            step = rf"^ +{re.escape(task_run.name)} +{task_run.run_count} +{took} +Completed +$"
            assert re.search(step, pipeline.printed, re.MULTILINE)
    for station in ("SEA", "SFO"):
        assert re.search(rf"^ typical year of {station} +1 +\d+ ms +Completed +$", pipeline.printed, re.MULTILINE)


def test_its_lines_are_shown_and_nothing_else_is_complained_of(pipeline: Pipeline) -> None:
    assert "airports.csv: 20 rows quarantined" in pipeline.told
    assert all(re.match(r"\d\d:\d\d:\d\d\.\d{3} \| (INFO|WARNING) ", line) for line in pipeline.told.splitlines())


def test_the_stored_runs_are_the_pipeline(pipeline: Pipeline) -> None:
    story = re.sub(r'folder="[^"]+"', "folder", stored_story(pipeline.home))
    assert (
        story
        == """\
weather-report(folder): Completed
    read airports.csv: Pending, Running, AwaitingRetry, Retrying, Completed
    read seattle-weather.csv: Completed
    check_airports (source <- read airports.csv): Completed
        | INFO airports.csv: 3356 of 3376 rows accepted
        | WARNING airports.csv: 20 rows quarantined
    check_days (source <- read seattle-weather.csv): Completed
        | INFO seattle-weather.csv: 1461 of 1461 rows accepted
    typical-year 'typical year of SEA'(station={"airport": "SEA", "hours": "seattle-temps.csv"}): Completed
        read seattle-temps.csv: Completed
        check_hours (source <- read seattle-temps.csv): Completed
            | INFO seattle-temps.csv: 8759 of 8759 rows accepted
        average_days (hours <- check_hours): Completed
    typical-year 'typical year of SFO'(station={"airport": "SFO", "hours": "sf-temps.csv"}): Completed
        read sf-temps.csv: Completed
        check_hours (source <- read sf-temps.csv): Completed
            | INFO sf-temps.csv: 8759 of 8759 rows accepted
        average_days (hours <- check_hours): Completed
    split_by_year (days <- check_days): Completed
    compare 2012 (days <- split_by_year; typical <- typical-year): Completed
    compare 2013 (days <- split_by_year; typical <- typical-year): Completed
    compare 2014 (days <- split_by_year; typical <- typical-year): Completed
    compare 2015 (days <- split_by_year; typical <- typical-year): Completed
    join_climates (airports <- check_airports; typical_years <- 2 x typical-year): Completed
    summarise (joined <- join_climates; sources <- check_airports, check_days; years <- YEARS): Completed
    write years.csv (rows <- YEARS): Completed
    write climates.csv (rows <- join_climates): Completed
    write quarantine.csv (sources <- check_airports, check_days): Completed
    write summary.json (summary <- summarise): Completed
""".replace("YEARS", ", ".join(f"compare {year}" for year in range(2012, 2016)))
    )
