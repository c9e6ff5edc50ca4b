"""Events that were reported as such: stored once each, and read by what filters ask, page by page."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from headrace._wire.events import RESOURCE_ID, RESOURCE_NAME, EventFilter, EventOrder
from headrace.server.store import hot
from headrace.server.store.core_rows import write_many
from headrace.server.store.event_filters import event_conditions, label_of
from headrace.server.store.facts import EventFacts
from headrace.server.store.tables import events
from headrace.server.store.transactions import Tx

__all__ = ["Place", "Tally", "append", "count", "page", "read_stored", "spans", "tallies"]

Place = tuple[int, bytes]
"""Where an event stands among all: when it occurred, and its id, which decides between equals."""

_NAMES: Final = (RESOURCE_NAME, "prefect.name")
_COLUMNS: Final = (
    "id",
    "occurred_at",
    "received_at",
    "event",
    "resource_id",
    "resource",
    "related",
    "payload",
    "follows",
)
_KNOWN: Final = "SELECT id FROM events WHERE id {among}"
_SELECT: Final = sa.select(*[events.c[name] for name in _COLUMNS if name != "resource_id"])
_labels: Final = msgspec.json.Decoder(dict[str, str]).decode
_several_labels: Final = msgspec.json.Decoder(tuple[dict[str, str], ...]).decode


class Tally(msgspec.Struct, frozen=True):
    """How many events there are of one kind, and when the first and the last of them occurred."""

    value: str
    label: str
    count: int
    first_at: int
    last_at: int


def append(tx: Tx, rows: Iterable[EventFacts]) -> list[EventFacts]:
    """Stores those of the events that are not there yet, known by their ids; these, each once."""
    given = {row.id: row for row in rows}
    for (known,) in tx.rows_among(_KNOWN, given):
        del given[known]
    # In the order of ids, so that writers of the same events wait for each other and not in a circle.
    new = [given[key] for key in sorted(given)]
    # Another writer may have stored one of them since they were looked for.
    write_many(tx, "events", _COLUMNS, [_values(row) for row in new], on_conflict="(id) DO NOTHING")
    return new


def _values(row: EventFacts) -> tuple[object, ...]:
    return (
        row.id,
        row.occurred_at,
        row.received_at,
        row.event,
        row.resource[RESOURCE_ID],
        msgspec.json.encode(row.resource).decode(),
        msgspec.json.encode(row.related).decode(),
        row.payload.decode(),
        row.follows,
    )


def page(tx: Tx, asked: EventFilter, *, limit: int, behind: Place | None = None) -> list[EventFacts]:
    """The events that a filter asks for, in its order, behind a place."""
    is_ascending, terms = asked.order is EventOrder.ASC, event_conditions(asked)
    order = [column.asc() if is_ascending else column.desc() for column in (events.c.occurred_at, events.c.id)]
    statement = _SELECT
    if asked.is_distinct:
        nth = sa.func.row_number().over(partition_by=events.c.resource_id, order_by=order)
        numbered = sa.select(events.c.seq, nth.label("nth")).where(*terms).subquery()
        statement = statement.join(numbered, numbered.c.seq == events.c.seq)
        terms = [numbered.c.nth == 1]
    if behind is not None:
        terms.append(_behind(behind, is_ascending=is_ascending))
    return [_event(row) for row in tx.select(statement.where(*terms).order_by(*order).limit(limit))]


def _behind(place: Place, *, is_ascending: bool) -> sa.ColumnElement[bool]:
    at, event_id = events.c.occurred_at, events.c.id
    if is_ascending:
        return sa.and_(at >= place[0], sa.or_(at > place[0], event_id > place[1]))
    return sa.and_(at <= place[0], sa.or_(at < place[0], event_id < place[1]))


def read_stored(tx: Tx, first: int, last: int, *, limit: int) -> list[tuple[int, EventFacts]]:
    """The events with these numbers, in the order of their storing, numbered."""
    numbered = _SELECT.add_columns(events.c.seq).where(events.c.seq.between(first, last))
    return [(row[-1], _event(row)) for row in tx.select(numbered.order_by(events.c.seq).limit(limit))]


def count(tx: Tx, asked: EventFilter) -> int:
    """How many events a filter asks for."""
    counted = sa.func.count(sa.distinct(events.c.resource_id) if asked.is_distinct else events.c.seq)
    return int(tx.select(sa.select(counted).where(*event_conditions(asked)))[0][0])


def spans(tx: Tx, asked: EventFilter, *, start: int, span_us: int) -> dict[int, int]:
    """How many of the events occurred in which span: the spans lie one behind the other from `start`, and are numbered.

    Spans without events are left out.
    """
    number = (events.c.occurred_at - start) // span_us
    counted = sa.select(number, sa.func.count()).where(*event_conditions(asked)).group_by(number)
    return {int(row[0]): int(row[1]) for row in tx.select(counted)}


def tallies(tx: Tx, asked: EventFilter, *, by_resource: bool) -> list[Tally]:
    """How many events there are of each name, or about each resource."""
    value = events.c.resource_id if by_resource else events.c.event
    names = [sa.func.max(label_of(events.c.resource, name)) for name in _NAMES] if by_resource else []
    columns = (
        value,
        sa.func.coalesce(*names, value) if names else value,
        sa.func.count(),
        sa.func.min(events.c.occurred_at),
        sa.func.max(events.c.occurred_at),
    )
    return [Tally(*row) for row in tx.select(sa.select(*columns).where(*event_conditions(asked)).group_by(value))]


def _event(row: Sequence[Any]) -> EventFacts:
    return EventFacts(
        row[0],
        row[1],
        row[2],
        row[3],
        _labels(row[4]),
        _several_labels(row[5]),
        hot.json_bytes(row[6]),
        row[7],
    )
