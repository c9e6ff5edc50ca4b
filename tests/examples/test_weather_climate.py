"""The figures of the weather example, computed from a few rows each."""

from datetime import date

import pytest
from climate import DaysOfYear, Station, TypicalYear, climates, days_by_year, typical_days, year_of_weather
from rows import Airport, Day, Hour, sift


def hour(at: str, fahrenheit: float) -> Hour:
    return Hour.model_validate({"date": at, "temp": str(fahrenheit)})


def day(on: str, coldest: float, warmest: float, precipitation: float = 0.0) -> Day:
    return Day.model_validate(
        {
            "date": on,
            "precipitation": str(precipitation),
            "temp_max": str(warmest),
            "temp_min": str(coldest),
            "wind": "1.0",
            "weather": "sun",
        }
    )


def airport(code: str, city: str) -> Airport:
    return Airport.model_validate(
        {"iata": code, "name": f"{city} Field", "city": city, "state": "WA", "country": "USA", "latitude": "47.4",
         "longitude": "-122.3"}
    )  # fmt: skip


def typical_year(code: str, *hours: Hour) -> TypicalYear:
    sifted = sift("hours.csv", [{"date": str(it.at), "temp": str(it.fahrenheit)} for it in hours], Hour)
    return TypicalYear(Station(airport=code, hours="hours.csv"), sifted, typical_days(sifted.accepted))


def test_a_typical_day_is_the_middle_between_its_warmest_and_its_coldest_hour() -> None:
    hours = [hour("2010/03/01 04:00", 32), hour("2010/03/01 08:00", 41), hour("2010/03/01 15:00", 68)]
    assert typical_days([*hours, hour("2010/03/02 04:00", 50)]) == {
        (3, 1): pytest.approx(10),
        (3, 2): pytest.approx(10),
    }


def test_a_year_is_summed_up() -> None:
    days = [day("2012/01/01", -2, 4, 0.9), day("2012/01/02", 2, 8, 1.0), day("2012/07/01", 10, 30, 12.5)]
    year = year_of_weather(DaysOfYear(2012, days), {(1, 1): 0.0, (1, 2): 3.0, (7, 1): 17.0})
    assert year.model_dump() == {
        "year": 2012,
        "days": 3,
        "mean_c": 8.7,
        "above_typical_c": 2.0,
        "precipitation_mm": 14.4,
        "wet_days": 2,
        "warmest_day": date(2012, 7, 1),
        "warmest_c": 30.0,
        "coldest_day": date(2012, 1, 1),
        "coldest_c": -2.0,
    }


def test_years_come_in_order() -> None:
    days = [day("2013/01/01", 0, 2), day("2012/01/01", 0, 4), day("2013/01/02", 0, 2)]
    assert days_by_year(days) == [DaysOfYear(2012, [days[1]]), DaysOfYear(2013, [days[0], days[2]])]


def test_a_day_that_the_typical_year_lacks_counts_for_all_but_the_comparison() -> None:
    days = [day("2012/02/28", 0, 4), day("2012/02/29", 10, 20)]
    year = year_of_weather(DaysOfYear(2012, days), {(2, 28): 1.0})
    assert (year.days, year.mean_c, year.above_typical_c) == (2, 8.5, 1.0)


def test_a_climate_names_its_airport_and_its_extreme_months() -> None:
    year = typical_year("SEA", hour("2010/01/01 00:00", 41), hour("2010/01/01 01:00", 43), hour("2010/08/01 00:00", 68))
    (climate,) = climates([year], [airport("SFO", "San Francisco"), airport("SEA", "Seattle")])
    assert (climate.airport, climate.name, climate.city) == ("SEA", "Seattle Field", "Seattle")
    assert (climate.coldest_month, climate.coldest_month_c) == (1, 5.6)
    assert (climate.warmest_month, climate.warmest_month_c) == (8, 20.0)
    assert climate.mean_c == 10.4


def test_a_station_whose_airport_was_not_accepted_is_an_error() -> None:
    with pytest.raises(KeyError, match="SEA"):
        climates([typical_year("SEA", hour("2010/01/01 00:00", 41))], [])
