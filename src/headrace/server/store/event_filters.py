"""Compiles the wire's filters of events to SQLAlchemy Core; `orchestration.event_matching` says the same in Python.

What a filter asks of a resource, one resource has to have all of: labels are read from the JSON of each. Ids of
resources are looked up first, by their index.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from headrace._wire.events import (
    RESOURCE_ID,
    RESOURCE_ROLE,
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventRelatedFilter,
)
from headrace.server.store.filters import Condition, at_in, id_in, says
from headrace.server.store.tables import Json, event_resources, events

__all__ = ["event_conditions", "label_of"]


class _Label(FunctionElement[str]):
    """The value of a label in a JSON object of labels; null where it has none."""

    inherit_cache = True
    type = sa.Text()


@compiles(_Label)
def _label_in_text(element: _Label, compiler: SQLCompiler, **options: Any) -> str:
    labels, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(SELECT value FROM json_each({labels}) WHERE key = {name})"


@compiles(_Label, "postgresql")
def _label_in_jsonb(element: _Label, compiler: SQLCompiler, **options: Any) -> str:
    labels, name = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({labels} ->> {name})"


class _Elements(FunctionElement[Any]):
    """The elements of a JSON array as rows with a `value`."""

    inherit_cache = True


@compiles(_Elements)
def _elements_of_text(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_Elements, "postgresql")
def _elements_of_jsonb(element: _Elements, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_elements({compiler.process(element.clauses, **options)})"


def label_of(labels: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[str]:
    """A label's value in a column of labels."""
    return cast("sa.ColumnElement[str]", _Label(labels, sa.literal(name, sa.Text)))


def event_conditions(asked: EventFilter) -> list[Condition]:
    """What a filter asks of an event; being distinct and ordered is for who makes the statement."""
    occurred = asked.occurred
    terms: list[Condition] = [
        events.c.occurred_at >= at_in(occurred.since),
        events.c.occurred_at <= at_in(occurred.until),
    ]
    if asked.id.id:
        terms.append(events.c.id.in_([id_in(value) for value in asked.id.id]))
    if asked.event is not None:
        terms += _of_name(asked.event)
    if asked.resource is not None:
        terms += _of_resource(events.c.resource, events.c.resource_id, asked.resource)
    for part in asked.related_asked():
        terms += _of_related(part)
    for part in asked.any_asked():
        terms += _of_any_resource(part)
    if asked.text is not None and (found := _says(asked.text.query)) is not None:
        terms.append(found)
    return terms


def _of_name(asked: EventNameFilter) -> list[Condition]:
    terms: list[Condition] = []
    if asked.prefix:
        terms.append(_begins(events.c.event, asked.prefix))
    if asked.exclude_prefix:
        terms.append(sa.not_(_begins(events.c.event, asked.exclude_prefix)))
    if asked.name:
        terms.append(events.c.event.in_(asked.name))
    if asked.exclude_name:
        terms.append(events.c.event.not_in(asked.exclude_name))
    return terms


def _begins(value: sa.ColumnElement[Any], prefixes: Sequence[str]) -> Condition:
    # Not LIKE, for which SQLite takes small and capital letters for the same.
    return sa.or_(*(sa.func.substr(value, 1, len(prefix)) == prefix for prefix in prefixes))


def _of_resource(
    labels: sa.ColumnElement[Any], resource_id: sa.ColumnElement[Any], asked: EventAnyResourceFilter
) -> list[Condition]:
    terms = _of_labels(labels, asked.labels_asked())
    if asked.id:
        terms.append(resource_id.in_(asked.id))
    if asked.id_prefix:
        terms.append(_begins(resource_id, asked.id_prefix))
    return terms


def _of_labels(labels: sa.ColumnElement[Any], asked: Mapping[str, Sequence[str]]) -> list[Condition]:
    return [
        sa.or_(sa.false(), *(_has_value(label_of(labels, name), value) for value in values))
        for name, values in asked.items()
    ]


def _has_value(value: sa.ColumnElement[Any], wanted: str) -> Condition:
    is_not, plain = wanted.startswith("!"), wanted.removeprefix("!")
    term = _begins(value, [plain[:-1]]) if plain.endswith("*") else value == plain
    # Of a label that is not there, neither is true.
    return sa.not_(term) if is_not else term


def _of_related(asked: EventRelatedFilter) -> list[Condition]:
    related = _related()
    related_id, role = label_of(related, RESOURCE_ID), label_of(related, RESOURCE_ROLE)
    terms = _of_labels(related, asked.labels_asked())
    if asked.id:
        terms.append(related_id.in_(asked.id))
    if asked.role:
        terms.append(role.in_(asked.role))
    pairs = asked.resources_in_roles or ()
    if pairs:
        terms.append(sa.or_(*(sa.and_(related_id == one, role == of) for one, of in pairs)))
    return [*_named_by(asked.id or [one for one, _ in pairs]), _is_there(terms)]


def _of_any_resource(asked: EventAnyResourceFilter) -> list[Condition]:
    related = _related()
    among_related = _is_there(_of_resource(related, label_of(related, RESOURCE_ID), asked))
    itself = sa.and_(*_of_resource(events.c.resource, events.c.resource_id, asked))
    return [*_named_by(asked.id or ()), sa.or_(itself, among_related)]


def _related() -> sa.ColumnElement[Any]:
    """The labels of each related resource; the statement that has it in its conditions goes through all of them."""
    # SQLite's rows of an array give objects as text, of which labels are read again.
    return _Elements(events.c.related).table_valued(sa.column("value", Json)).c.value


def _is_there(terms: Sequence[Condition]) -> Condition:
    return sa.select(sa.literal(1)).where(sa.and_(*terms)).correlate(events).exists()


def _named_by(ids: Sequence[str]) -> list[Condition]:
    """Only events that have to do with one of these resources: less than is asked, but what the index knows."""
    if not ids:
        return []
    return [events.c.seq.in_(sa.select(event_resources.c.event).where(event_resources.c.resource_id.in_(ids)))]


_says: Final = says(
    sa.func.lower(
        events.c.event
        + " "
        + sa.cast(events.c.resource, sa.Text)
        + " "
        + sa.cast(events.c.related, sa.Text)
        + " "
        + sa.cast(events.c.payload, sa.Text)
    )
)
