"""What a row of each file must be, and the sieve that holds back those that are not."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, Literal, NamedTuple, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

__all__ = ["Airport", "AnyRow", "Cells", "Day", "Hour", "QuarantinedRow", "Row", "Sifted", "SourceCounts", "sift"]

Cells = dict[str, str]
"""A row as it stands in the file: the text below each heading."""


class Area(NamedTuple):
    """A part of the map, in degrees: north and east are positive."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether the point lies in it."""
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


POSTAL_CODES = frozenset(
    """
    AK AL AR AZ CA CO CT DC DE FL GA HI IA ID IL IN KS KY LA MA MD ME MI MN MO MS MT NC ND NE NH NJ NM NV NY OH OK OR PA
    RI SC SD TN TX UT VA VT WA WI WV WY AS GU MP PR VI
    """.split()
)
STATES = Area(18.9, -179.2, 71.4, -66.9)
TERRITORIES = {
    "AS": Area(-14.6, -171.1, -11.0, -168.1),
    "GU": Area(13.2, 144.6, 13.7, 145.0),
    "MP": Area(14.1, 144.8, 20.6, 146.1),
    "PR": Area(17.9, -68.0, 18.6, -65.2),
    "VI": Area(17.6, -65.2, 18.5, -64.5),
}


def _given(text: str) -> str:
    if text.strip() in ("", "NA"):
        raise ValueError("is missing")
    return text


def _postal(code: str) -> str:
    if code not in POSTAL_CODES:
        raise ValueError(f"{code!r} is no postal code of the United States")
    return code


def _dashed(written: Any) -> Any:
    return written.replace("/", "-") if isinstance(written, str) else written


Given = Annotated[str, AfterValidator(_given)]
PostalCode = Annotated[Given, AfterValidator(_postal)]
WrittenDate = Annotated[date, BeforeValidator(_dashed)]
WrittenTime = Annotated[datetime, BeforeValidator(_dashed)]


class Row(BaseModel):
    """A row that is as it must be. A column that nobody expects is an error: the file has changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def key(self) -> Hashable:
        """What no two rows of a file share."""
        raise TypeError(f"{type(self).__name__} has no key")


class Airport(Row):
    """An airport of the United States, with its code (of IATA, or of the Federal Aviation Administration)."""

    code: str = Field(alias="iata", pattern="^[A-Z0-9]{3,4}$")
    name: Given
    city: Given
    state: PostalCode
    country: Literal["USA"]
    latitude: float
    longitude: float

    @property
    def key(self) -> str:
        """Its code."""
        return self.code

    @model_validator(mode="after")
    def _stands_in_its_state(self) -> Self:
        area = TERRITORIES.get(self.state, STATES)
        if not area.holds(self.latitude, self.longitude):
            raise ValueError(f"{self.latitude:.2f}, {self.longitude:.2f} is far from {self.state}")
        return self


class Day(Row):
    """What was measured in Seattle on one day."""

    on: WrittenDate = Field(alias="date")
    precipitation_mm: float = Field(alias="precipitation", ge=0)
    max_c: float = Field(alias="temp_max", ge=-62, le=57)
    min_c: float = Field(alias="temp_min", ge=-62, le=57)
    wind_m_per_s: float = Field(alias="wind", ge=0)
    weather: Literal["drizzle", "fog", "rain", "snow", "sun"]

    @property
    def key(self) -> date:
        """Its date."""
        return self.on

    @property
    def mean_c(self) -> float:
        """The middle between its extremes, as climatologists define a day's mean."""
        return (self.max_c + self.min_c) / 2

    @model_validator(mode="after")
    def _is_warmest_at_its_maximum(self) -> Self:
        if self.min_c > self.max_c:
            raise ValueError(f"its minimum ({self.min_c}) is above its maximum ({self.max_c})")
        return self


class Hour(Row):
    """The temperature that an hour of the year usually has."""

    at: WrittenTime = Field(alias="date")
    fahrenheit: float = Field(alias="temp", ge=-80, le=135)

    @property
    def key(self) -> datetime:
        """Its time."""
        return self.at

    @property
    def celsius(self) -> float:
        """The same temperature on the other scale."""
        return (self.fahrenheit - 32) / 1.8


class QuarantinedRow(BaseModel):
    """A row that was held back, and why; rows are counted from 1, behind the headings."""

    file: str
    row: int
    reason: str
    cells: Cells


class SourceCounts(BaseModel):
    """What became of the rows of one file."""

    file: str
    read: int
    accepted: int
    quarantined: int


AnyRow = TypeVar("AnyRow", bound=Row)
Row_co = TypeVar("Row_co", bound=Row, covariant=True)


@dataclass(frozen=True)
class Sifted(Generic[Row_co]):
    """The rows of one file: those that are as they must be, and those that are not."""

    file: str
    accepted: Sequence[Row_co]
    quarantined: Sequence[QuarantinedRow]

    @property
    def counts(self) -> SourceCounts:
        """How many rows were read, and what became of them."""
        accepted, quarantined = len(self.accepted), len(self.quarantined)
        return SourceCounts(file=self.file, read=accepted + quarantined, accepted=accepted, quarantined=quarantined)


def sift(file: str, rows: Iterable[Cells], kind: type[AnyRow]) -> Sifted[AnyRow]:
    """Holds back the rows of `file` that are not of this kind, and those whose key an earlier row has."""
    accepted: list[AnyRow] = []
    quarantined: list[QuarantinedRow] = []
    numbers: dict[Hashable, int] = {}
    for number, cells in enumerate(rows, 1):
        try:
            row = kind.model_validate(cells)
        except ValidationError as error:
            reason = _reasons(error)
        else:
            first = numbers.setdefault(row.key, number)
            if first == number:
                accepted.append(row)
                continue
            reason = f"row {first} has the same key, {row.key}"
        quarantined.append(QuarantinedRow(file=file, row=number, reason=reason, cells=cells))
    return Sifted(file, accepted, quarantined)


def _reasons(error: ValidationError) -> str:
    """All that is wrong with a row, in one line."""
    return "; ".join(
        " ".join([*map(str, fault["loc"]), fault["msg"].removeprefix("Value error, ")])
        for fault in error.errors(include_url=False)
    )
