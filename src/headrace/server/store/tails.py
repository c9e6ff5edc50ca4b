"""What was committed to a table behind a position that somebody has read up to: none twice, and none left out.

Such a table has a key `seq` that grows with each row. On SQLite rows are committed in its order. On PostgreSQL a row is
given its number before its transaction ends, so that one may appear below others that were read long ago: the
numbers that are missing are remembered until every transaction is over that might have been given one of them.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, TypeVar

import msgspec
from msgspec.structs import replace

from headrace._kernel import clock
from headrace.server.store.transactions import Tx

__all__ = ["Series", "Span", "Tail", "TailReader", "advanced", "at_end"]

R = TypeVar("R")

Series = Literal["logs", "run_changes", "events"]
"""A table that has a tail."""

_TOP: Final = "SELECT coalesce(max(seq), 0) FROM {series}"
_OLDEST_RUNNING: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# A number of a transaction that is higher than any given before.
_NEXT_NUMBER: Final = "SELECT pg_current_xact_id()::text::bigint"
_PRESENT: Final = (
    "SELECT min(seq), max(seq) FROM "
    "(SELECT seq, seq - row_number() OVER (ORDER BY seq) AS span FROM {series} WHERE {among}) AS numbered "
    "GROUP BY span ORDER BY 1"
)
# Who begins to read now wants what transactions commit later that are under way: their numbers are among the last.
_LOOKED_BACK: Final = 10_000
_MOST_GAPS: Final = 1_000


class Span(msgspec.Struct, frozen=True):
    """Rows from one number to another, both included."""

    first: int
    last: int


class Gap(msgspec.Struct, frozen=True):
    """Numbers of which no row was there, until the oldest transaction that runs is this one or a later."""

    first: int
    last: int
    until: int


class Tail(msgspec.Struct, frozen=True):
    """How far a table was read: up to `top`, but for what is still to come in the gaps below it."""

    top: int = 0
    gaps: tuple[Gap, ...] = ()


def at_end(tx: Tx, series: Series) -> Tail:
    """The position behind all that is committed now."""
    top: int = tx.execute(_TOP.format(series=series))[0][0]
    if not tx.dialect.is_shared:
        return Tail(top)
    return advanced(tx, series, Tail(max(0, top - _LOOKED_BACK)))[0]


def advanced(tx: Tx, series: Series, tail: Tail) -> tuple[Tail, list[Span]]:
    """The position behind all that is committed now, and the rows in between, all of which are there."""
    if not tx.dialect.is_shared:
        top: int = tx.execute(_TOP.format(series=series))[0][0]
        # Where it is lower than before, the last rows were deleted, and their numbers are given again.
        return Tail(top), [Span(tail.top + 1, top)] if top > tail.top else []
    oldest: int = tx.execute(_OLDEST_RUNNING)[0][0]
    among = " OR ".join([f"seq > {tail.top}", *(f"seq BETWEEN {gap.first} AND {gap.last}" for gap in tail.gaps)])
    spans = [Span(*row) for row in tx.execute(_PRESENT.format(series=series, among=among))]
    top = max([tail.top, *(span.last for span in spans)])
    gaps = [left for gap in tail.gaps if gap.until > oldest for left in _without(gap, spans)]
    if new := _without(Gap(tail.top + 1, top, 0), spans):
        # Their transactions had numbers of their own before they took those of the rows.
        number: int = tx.execute(_NEXT_NUMBER)[0][0]
        gaps += [replace(gap, until=number) for gap in new]
    return Tail(top, tuple(gaps[-_MOST_GAPS:])), spans


class TailReader:
    """Reads a table on behind a position, a page at a time."""

    def __init__(self, series: Series, tail: Tail) -> None:
        self._series: Series = series
        self._tail = tail
        self._spans: list[Span] = []
        self._advanced_at = clock.monotonic()
        self.reads_since = self._advanced_at
        """What is read now was committed at this instant of the monotonic clock or later."""

    @property
    def is_behind(self) -> bool:
        """Whether there was more than the last page."""
        return bool(self._spans)

    def skip(self, tx: Tx) -> None:
        """Leaves out what is committed now."""
        self._advance(tx)
        self._spans = []

    def read(self, tx: Tx, page: Callable[[int, int], Sequence[tuple[int, R]]], limit: int) -> list[R]:
        """The next rows that `page` finds from one number to another, numbered and in order, at most `limit`."""
        if not self._spans:
            self._advance(tx)
        spans = self._spans
        if not spans:
            return []
        found = page(spans[0].first, spans[-1].last)
        rest_behind = found[-1][0] if len(found) == limit else spans[-1].last
        self._spans = [Span(max(span.first, rest_behind + 1), span.last) for span in spans if span.last > rest_behind]
        # What was committed since the spans were read comes with those that it belongs to.
        return [row for number, row in found if _is_among(spans, number)]

    def _advance(self, tx: Tx) -> None:
        self.reads_since, self._advanced_at = self._advanced_at, clock.monotonic()
        self._tail, self._spans = advanced(tx, self._series, self._tail)


def _is_among(spans: Sequence[Span], number: int) -> bool:
    place = bisect_right(spans, number, key=lambda span: span.first)
    return place > 0 and number <= spans[place - 1].last


def _without(gap: Gap, spans: Iterable[Span]) -> list[Gap]:
    """What is left of a gap where these rows are there."""
    left: list[Gap] = []
    first = gap.first
    for span in spans:
        if span.last < first or span.first > gap.last:
            continue
        if span.first > first:
            left.append(Gap(first, span.first - 1, gap.until))
        first = span.last + 1
    if first <= gap.last:
        left.append(Gap(first, gap.last, gap.until))
    return left
