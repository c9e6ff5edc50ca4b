"""What the weather example accepts as a row, and how it says what is wrong with one."""

from datetime import date, datetime

import pytest
from pydantic import ValidationError
from rows import Airport, Cells, Day, Hour, Row, sift

SEATTLE: Cells = {
    "iata": "SEA", "name": "Seattle-Tacoma Intl", "city": "Seattle", "state": "WA", "country": "USA",
    "latitude": "47.44898194", "longitude": "-122.3093131",
}  # fmt: skip
NEW_YEAR: Cells = {
    "date": "2012/01/01", "precipitation": "0.0", "temp_max": "12.8", "temp_min": "5.0", "wind": "4.7",
    "weather": "drizzle",
}  # fmt: skip
MIDNIGHT: Cells = {"date": "2010/01/01 00:00", "temp": "39.2"}


def reason(kind: type[Row], cells: Cells) -> str:
    """Why the row is held back."""
    (held_back,) = sift("a file", [cells], kind).quarantined
    return held_back.reason


def test_an_airport_is_read_by_its_column_names() -> None:
    airport = Airport.model_validate(SEATTLE)
    assert (airport.code, airport.city, airport.state) == ("SEA", "Seattle", "WA")
    assert (airport.latitude, airport.longitude) == (47.44898194, -122.3093131)


def test_a_day_is_read_with_its_units_and_its_mean_is_the_middle_of_its_extremes() -> None:
    day = Day.model_validate(NEW_YEAR)
    assert (day.on, day.precipitation_mm, day.max_c, day.min_c) == (date(2012, 1, 1), 0.0, 12.8, 5.0)
    assert day.mean_c == pytest.approx(8.9)


@pytest.mark.parametrize("written", ["2010/01/01 13:00", "2010/01/01 13:00:00"])
def test_an_hour_is_read_with_or_without_seconds(written: str) -> None:
    assert Hour.model_validate({**MIDNIGHT, "date": written}).at == datetime(2010, 1, 1, 13)  # noqa: DTZ001 - as in the file


@pytest.mark.parametrize(("fahrenheit", "celsius"), [("32", 0), ("212", None), ("50", 10), ("-40", -40)])
def test_fahrenheit_becomes_celsius(fahrenheit: str, celsius: float | None) -> None:
    cells = {**MIDNIGHT, "temp": fahrenheit}
    if celsius is None:
        assert reason(Hour, cells) == "temp Input should be less than or equal to 135"
    else:
        assert Hour.model_validate(cells).celsius == pytest.approx(celsius)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"city": "NA"}, "city is missing"),
        ({"city": " "}, "city is missing"),
        ({"city": "NA", "state": "NA"}, "city is missing; state is missing"),
        ({"state": "CQ"}, "state 'CQ' is no postal code of the United States"),
        ({"country": "Palau"}, "country Input should be 'USA'"),
        ({"iata": "sea"}, "iata String should match pattern '^[A-Z0-9]{3,4}$'"),
        ({"latitude": "north"}, "latitude Input should be a valid number, unable to parse string as a number"),
        ({"longitude": "122.3"}, "47.45, 122.30 is far from WA"),
        ({"state": "GU", "latitude": "13.48", "longitude": "-144.80"}, "13.48, -144.80 is far from GU"),
    ],
)
def test_what_is_wrong_with_an_airport_is_said_in_a_line(changed: Cells, said: str) -> None:
    assert reason(Airport, {**SEATTLE, **changed}) == said


@pytest.mark.parametrize(
    ("state", "latitude", "longitude"),
    [("GU", "13.48", "144.80"), ("AS", "-14.33", "-170.71"), ("AK", "71.28", "-156.77"), ("HI", "19.72", "-155.05")],
)
def test_airports_far_from_the_mainland_are_accepted_where_they_are(state: str, latitude: str, longitude: str) -> None:
    cells = {**SEATTLE, "state": state, "latitude": latitude, "longitude": longitude}
    assert sift("a file", [cells], Airport).counts.accepted == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"temp_min": "13.0"}, "its minimum (13.0) is above its maximum (12.8)"),
        ({"precipitation": "-0.1"}, "precipitation Input should be greater than or equal to 0"),
        ({"weather": "hail"}, "weather Input should be 'drizzle', 'fog', 'rain', 'snow' or 'sun'"),
        ({"date": "2012/02/30"}, "date Input should be a valid date or datetime, day value is outside expected range"),
        ({"temp_max": ""}, "temp_max Input should be a valid number, unable to parse string as a number"),
        ({"surplus": "7"}, "surplus Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_with_a_day_is_said_in_a_line(changed: Cells, said: str) -> None:
    assert reason(Day, {**NEW_YEAR, **changed}) == said


def test_a_row_that_lacks_a_column_is_held_back() -> None:
    assert reason(Hour, {"date": "2010/01/01 00:00"}) == "temp Field required"


def test_the_sieve_keeps_the_order_and_numbers_rows_from_one() -> None:
    nowhere = {**SEATTLE, "iata": "CLD", "city": "NA"}
    san_francisco = {**SEATTLE, "iata": "SFO"}
    sifted = sift("airports.csv", [SEATTLE, nowhere, san_francisco], Airport)
    assert [airport.code for airport in sifted.accepted] == ["SEA", "SFO"]
    assert [(row.file, row.row, row.cells) for row in sifted.quarantined] == [("airports.csv", 2, nowhere)]
    assert sifted.counts.model_dump() == {"file": "airports.csv", "read": 3, "accepted": 2, "quarantined": 1}


def test_a_row_whose_key_stands_in_an_earlier_row_is_held_back() -> None:
    sifted = sift("airports.csv", [SEATTLE, SEATTLE], Airport)
    assert sifted.counts.accepted == 1
    assert [row.reason for row in sifted.quarantined] == ["row 1 has the same key, SEA"]


def test_rows_do_not_change() -> None:
    with pytest.raises(ValidationError):
        Airport.model_validate(SEATTLE).code = "LAX"  # type: ignore[misc] - that is what is tried
