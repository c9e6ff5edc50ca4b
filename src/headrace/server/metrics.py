"""What a server measures of itself while it works, and how Prometheus reads it: the text format, version 0.0.4."""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

__all__ = ["CONTENT_TYPE", "Family", "Histogram", "Sample", "rendered"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Sample(msgspec.Struct, frozen=True):
    """One number of a family."""

    value: float
    labels: Mapping[str, str] = {}
    suffix: str = ""  # of the family's name, in histograms


class Family(msgspec.Struct, frozen=True):
    """Numbers that mean the same of different things."""

    name: str
    kind: str  # gauge, counter, or histogram
    help: str
    samples: Iterable[Sample]


class Histogram:
    """How often something took how long; any thread may observe."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)  # the last: beyond all bounds
        self._sum = 0.0
        self._lock = threading.Lock()

    def observe(self, seconds: float) -> None:
        """Counts one."""
        with self._lock:
            self._counts[bisect_left(self._bounds, seconds)] += 1
            self._sum += seconds

    def samples(self, labels: Mapping[str, str] | None = None) -> list[Sample]:
        """The numbers of its family, each with these labels."""
        labels = labels or {}
        with self._lock:
            counts, total = self._counts.copy(), self._sum
        found: list[Sample] = []
        below = 0
        for bound, count in zip((*self._bounds, float("inf")), counts, strict=True):
            below += count
            found.append(Sample(below, {**labels, "le": _number(bound)}, "_bucket"))
        return [*found, Sample(total, labels, "_sum"), Sample(below, labels, "_count")]


def rendered(families: Iterable[Family]) -> str:
    """The families as a scraper reads them."""
    lines: list[str] = []
    for family in families:
        lines.append(f"# HELP {family.name} {_escaped(family.help)}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        lines.extend(
            f"{family.name}{sample.suffix}{_braced(sample.labels)} {_number(sample.value)}" for sample in family.samples
        )
    return "\n".join(lines) + "\n"


def _braced(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join([f'{name}="{_quotable(value)}"' for name, value in labels.items()]) + "}"


def _quotable(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(value)
