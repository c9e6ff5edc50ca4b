"""What is measured, as values: a figure with its unit, a target, a row of the table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median as median_of
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from benchmarks.bench import Bench

__all__ = ["Figure", "Measured", "Row", "Side", "Target", "of_repeats"]

Side = Literal["ours", "peer"]


@dataclass(frozen=True)
class Figure:
    """A measured number; `best` is that of the best repeat, `note` what else was seen, `details` a table of it all."""

    value: float
    best: float | None = None
    note: str = ""
    details: str = ""


@dataclass(frozen=True)
class Target:
    """A bound that a figure must keep, from below or from above."""

    bound: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


@dataclass(frozen=True)
class Row:
    """One line of the table. `measure` is asked once for each side; `null` costs what doing nothing costs."""

    name: str
    what: str
    unit: str
    target: Target
    measure: Callable[["Bench", Side], Figure]
    null: Callable[["Bench"], Figure] | None = None
    has_peer: bool = True
    page: str | None = None  # of docs/, which keeps the details


@dataclass
class Measured:
    """What came of a row; a side that could not be measured says why."""

    row: Row
    figures: dict[str, Figure] = field(default_factory=dict[str, Figure])
    troubles: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_met(self) -> bool | None:
        ours = self.figures.get("ours")
        return None if ours is None else self.row.target.is_met(ours.value)

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        if "ours" not in self.figures or "peer" not in self.figures:
            return None
        ours, peer = self.figures["ours"].value, self.figures["peer"].value
        better, worse = (ours, peer) if self.row.target.at_least else (peer, ours)
        return better / worse if worse > 0 else None


def of_repeats(values: Sequence[float], note: str = "") -> Figure:
    """The median of several repeats, with the least of them."""
    return Figure(median_of(values), min(values), note)
