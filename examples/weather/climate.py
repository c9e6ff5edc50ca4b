"""What the weather was like: years against a typical year, and the climates of two airports."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import NamedTuple

from pydantic import BaseModel
from rows import Airport, Day, Hour, Sifted, SourceCounts

__all__ = [
    "Climate",
    "DaysOfYear",
    "Station",
    "Summary",
    "TypicalYear",
    "YearOfWeather",
    "climates",
    "days_by_year",
    "typical_days",
    "year_of_weather",
]

WET_DAY_MM = 1.0
"""How much falls on a wet day at least, as the World Meteorological Organization counts them."""

MonthAndDay = tuple[int, int]


class Station(BaseModel, frozen=True):
    """An airport whose temperature is measured, and the file of its typical hours."""

    airport: str
    hours: str


@dataclass(frozen=True)
class TypicalYear:
    """A year as it usually is at a station: its hours, and the mean temperature of each of its days."""

    station: Station
    hours: Sifted[Hour]
    mean_c_by_day: dict[MonthAndDay, float]


class DaysOfYear(NamedTuple):
    """The days of one year that were measured."""

    year: int
    days: list[Day]


class YearOfWeather(BaseModel):
    """A year of Seattle's weather; what is missing in the file is missing here."""

    year: int
    days: int
    mean_c: float
    above_typical_c: float
    precipitation_mm: float
    wet_days: int
    warmest_day: date
    warmest_c: float
    coldest_day: date
    coldest_c: float


class Climate(BaseModel):
    """What the temperature usually is at an airport."""

    airport: str
    name: str
    city: str
    state: str
    mean_c: float
    coldest_month: int
    coldest_month_c: float
    warmest_month: int
    warmest_month_c: float


class Summary(BaseModel):
    """All that the pipeline found out."""

    sources: list[SourceCounts]
    years: list[YearOfWeather]
    climates: list[Climate]


def typical_days(hours: Iterable[Hour]) -> dict[MonthAndDay, float]:
    """The mean temperature of each day: the middle between its extremes, as for a day that was measured."""
    by_day: dict[MonthAndDay, list[float]] = defaultdict(list)
    for hour in hours:
        by_day[hour.at.month, hour.at.day].append(hour.celsius)
    return {day: (max(celsius) + min(celsius)) / 2 for day, celsius in by_day.items()}


def days_by_year(days: Iterable[Day]) -> list[DaysOfYear]:
    """The days of each year, the years in order."""
    by_year: dict[int, list[Day]] = defaultdict(list)
    for day in days:
        by_year[day.on.year].append(day)
    return [DaysOfYear(year, by_year[year]) for year in sorted(by_year)]


def year_of_weather(of_year: DaysOfYear, typical: dict[MonthAndDay, float]) -> YearOfWeather:
    """A year's figures."""
    year, days = of_year
    warmest, coldest = max(days, key=lambda day: day.max_c), min(days, key=lambda day: day.min_c)
    # The typical year has no 29 February.
    above_typical = [
        day.mean_c - typical[day.on.month, day.on.day]
        for day in days
        if (day.on.month, day.on.day) in typical
    ]  # fmt: skip
    return YearOfWeather(
        year=year,
        days=len(days),
        mean_c=round(fmean(day.mean_c for day in days), 1),
        above_typical_c=round(fmean(above_typical), 1),
        precipitation_mm=round(sum(day.precipitation_mm for day in days), 1),
        wet_days=sum(day.precipitation_mm >= WET_DAY_MM for day in days),
        warmest_day=warmest.on,
        warmest_c=warmest.max_c,
        coldest_day=coldest.on,
        coldest_c=coldest.min_c,
    )


def climates(typical_years: Iterable[TypicalYear], airports: Iterable[Airport]) -> list[Climate]:
    """The climate of each station, joined with its airport by the airport's code."""
    by_code = {airport.code: airport for airport in airports}
    return [_climate(by_code[typical.station.airport], typical.hours.accepted) for typical in typical_years]


def _climate(airport: Airport, hours: Iterable[Hour]) -> Climate:
    by_month: dict[int, list[float]] = defaultdict(list)
    for hour in hours:
        by_month[hour.at.month].append(hour.celsius)
    means = {month: fmean(celsius) for month, celsius in by_month.items()}
    coldest, warmest = min(means, key=means.__getitem__), max(means, key=means.__getitem__)
    return Climate(
        airport=airport.code,
        name=airport.name,
        city=airport.city,
        state=airport.state,
        mean_c=round(fmean(celsius for month in by_month.values() for celsius in month), 1),
        coldest_month=coldest,
        coldest_month_c=round(means[coldest], 1),
        warmest_month=warmest,
        warmest_month_c=round(means[warmest], 1),
    )
