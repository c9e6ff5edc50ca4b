"""Compiles the filters and orders of the wire to SQLAlchemy Core, from tables that one can read.

A filter comes as its plain mapping (`{"state": {"type": {"any_": ["FAILED"]}}, "operator": "or_"}`). A table below says
what each of its fields asks; a field that is absent or None asks nothing. What belongs to aggregates that do not exist
yet (deployments, work pools) is asked of a value that is null everywhere.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from headrace._kernel.ids import id_bytes
from headrace.server.store.tables import flow_runs, flows, logs, task_runs
from headrace.server.store.text_search import parse_text_search

__all__ = [
    "FLOWS",
    "FLOW_ORDERS",
    "FLOW_RUNS",
    "FLOW_RUN_ORDERS",
    "LOGS",
    "LOG_ORDERS",
    "TASK_RUNS",
    "TASK_RUN_ORDERS",
    "Condition",
    "Order",
    "at_in",
    "condition",
    "conditions",
    "id_in",
]

Condition = sa.ColumnElement[bool]
Order = tuple[sa.ColumnElement[Any], ...]
# What one operator asks; None where its value asks nothing (an empty list of exclusions).
Operator = Callable[[Any], Condition | None]
# What the fields of a filter ask: an operator, or a filter within the filter.
Fields = Mapping[str, "Operator | Fields"]

_BEYOND_ALL: Final = 1 << 62
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def condition(fields: Fields, wire: Mapping[str, Any]) -> Condition | None:
    """What a filter asks, its fields joined by its `operator`; None where it asks nothing."""
    asked: list[Condition] = []
    for name, rule in fields.items():
        value = wire.get(name)
        if value is None:
            continue
        term = rule(value) if callable(rule) else condition(rule, value)
        if term is not None:
            asked.append(term)
    if not asked:
        return None
    return sa.or_(*asked) if wire.get("operator") == "or_" else sa.and_(*asked)


# Values of the wire, as the store keeps them.


def _text(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)


def id_in(value: UUID | bytes | str) -> bytes:
    """An id of the wire."""
    return value.bytes if isinstance(value, UUID) else id_bytes(value) if isinstance(value, str) else value


def at_in(value: datetime | str | int) -> int:
    """An instant of the wire."""
    if isinstance(value, int):
        return value
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _number(value: int) -> int:
    """A number that a database takes: beyond it there are no rows."""
    return max(-_BEYOND_ALL, min(_BEYOND_ALL, value))


# Questions about tags: their JSON is text on SQLite, jsonb on PostgreSQL.


class _HasTag(FunctionElement[bool]):
    inherit_cache = True
    type = sa.Boolean()


class _HasNoTags(FunctionElement[bool]):
    inherit_cache = True
    type = sa.Boolean()


@compiles(_HasTag)
def _has_tag_in_text(element: _HasTag, compiler: SQLCompiler, **options: Any) -> str:
    tags, tag = (compiler.process(clause, **options) for clause in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({tags}) WHERE value = {tag})"


@compiles(_HasTag, "postgresql")
def _has_tag_in_jsonb(element: _HasTag, compiler: SQLCompiler, **options: Any) -> str:
    tags, tag = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({tags} ? {tag})"


@compiles(_HasNoTags)
def _has_no_tags(element: _HasNoTags, compiler: SQLCompiler, **options: Any) -> str:
    function = "jsonb_array_length" if compiler.dialect.name == "postgresql" else "json_array_length"
    return f"({function}({compiler.process(element.clauses, **options)}) = 0)"


# Operators, by the kind of a field.


def _null(column: sa.ColumnElement[Any]) -> Operator:
    return lambda is_null: column.is_(None) if is_null else column.is_not(None)


def _among(column: sa.ColumnElement[Any], read: Callable[[Any], Any] = _text) -> Fields:
    return {
        "any_": lambda values: column.in_([read(value) for value in values]),
        "not_any_": lambda values: column.not_in([read(value) for value in values]) if values else None,
        "is_null_": _null(column),
    }


def _named(column: sa.ColumnElement[Any]) -> Fields:
    like: Operator = lambda part: column.icontains(part, autoescape=True) if part else None  # noqa: E731
    return {"any_": _among(column)["any_"], "like_": like}


def _between(column: sa.ColumnElement[Any], null_of: sa.ColumnElement[Any] | None = None) -> Fields:
    return {
        "before_": lambda at: column <= at_in(at),
        "after_": lambda at: column >= at_in(at),
        "is_null_": _null(column if null_of is None else null_of),
    }


def _tagged(column: sa.ColumnElement[Any]) -> Fields:
    def has(tag: Any) -> Condition:
        return _HasTag(column, sa.literal(_text(tag), sa.Text))

    return {
        "all_": lambda tags: sa.and_(*map(has, tags)) if tags else None,
        "any_": lambda tags: sa.or_(sa.false(), *map(has, tags)),
        "is_null_": lambda is_null: _HasNoTags(column) if is_null else sa.not_(_HasNoTags(column)),
    }


def _none(_: Any) -> Condition:
    return sa.false()


# A field of which every row's value is null, for now.
_ABSENT: Final[Fields] = {
    "any_": _none,
    "id_": _none,
    "type_": _none,
    "is_null_": lambda is_null: sa.true() if is_null else sa.false(),
}


def _of_flow_run(wire: Mapping[str, Any]) -> Condition | None:
    # `is_null_` is False unless it is said: a task run outside of a flow run is found only where it is asked for.
    if wire.get("is_null_"):
        return task_runs.c.flow_run_id.is_(None)
    if wire.get("any_") is None:
        return task_runs.c.flow_run_id.is_not(None)
    return task_runs.c.flow_run_id.in_([id_in(value) for value in wire["any_"]])


def _child_of_flow_run(values: list[Any]) -> Condition:
    parents = sa.select(task_runs.c.id).where(task_runs.c.flow_run_id.in_([id_in(value) for value in values]))
    return flow_runs.c.parent_task_run_id.in_(parents)


def _stands_for_flow_run(exists: bool) -> Condition:
    children = sa.select(flow_runs.c.id).where(flow_runs.c.parent_task_run_id == task_runs.c.id).correlate(task_runs)
    return children.exists() if exists else ~children.exists()


def says(text: sa.ColumnElement[str]) -> Callable[[str], Condition | None]:
    """A condition on a text in small letters, made of what somebody searches for; None: nothing is asked."""

    def condition(query: str) -> Condition | None:
        search = parse_text_search(query)

        def has(term: str) -> Condition:
            return text.contains(term, autoescape=True)

        asked = [*map(has, search.all_of), *(sa.not_(has(term)) for term in search.none_of)]
        if search.any_of:
            asked.append(sa.or_(*map(has, search.any_of)))
        return sa.and_(*asked) if asked else None

    return condition


# The filters, field by field.

_started: Final = sa.func.coalesce(flow_runs.c.start_at, flow_runs.c.expected_start_at)

FLOWS: Final[Fields] = {
    "id": _among(flows.c.id, id_in),
    "deployment": _ABSENT,
    "name": _named(flows.c.name),
    "tags": _tagged(flows.c.tags),
}

FLOW_RUNS: Final[Fields] = {
    "id": _among(flow_runs.c.id, id_in),
    "name": _named(flow_runs.c.name),
    "tags": _tagged(flow_runs.c.tags),
    "deployment_id": _ABSENT,
    "work_queue_name": _ABSENT,
    "state": {"type": _among(flow_runs.c.state_type), "name": _among(flow_runs.c.state_name)},
    "flow_version": _among(flow_runs.c.flow_version),
    # A run that has not started yet counts as starting when it was to start.
    "start_time": _between(_started, null_of=flow_runs.c.start_at),
    "end_time": _between(flow_runs.c.end_at),
    "expected_start_time": _between(flow_runs.c.expected_start_at),
    "next_scheduled_start_time": _between(flow_runs.c.next_scheduled_at),
    "parent_flow_run_id": {"any_": _child_of_flow_run},
    "parent_task_run_id": _among(flow_runs.c.parent_task_run_id, id_in),
    "idempotency_key": _among(flow_runs.c.idempotency_key),
    "created_by": _ABSENT,
}

TASK_RUNS: Final[Fields] = {
    "id": _among(task_runs.c.id, id_in),
    "name": _named(task_runs.c.name),
    "tags": _tagged(task_runs.c.tags),
    "state": {"type": _among(task_runs.c.state_type), "name": _among(task_runs.c.state_name)},
    "start_time": _between(task_runs.c.start_at),
    "end_time": _between(task_runs.c.end_at),
    # A task run is expected to start as soon as it exists.
    "expected_start_time": _between(task_runs.c.created_at),
    "subflow_runs": {"exists_": _stands_for_flow_run},
    "flow_run_id": _of_flow_run,
}

LOGS: Final[Fields] = {
    "level": {"ge_": lambda level: logs.c.level >= _number(level), "le_": lambda level: logs.c.level <= _number(level)},
    "timestamp": _between(logs.c.at),
    "flow_run_id": _among(logs.c.flow_run_id, id_in),
    "task_run_id": _among(logs.c.task_run_id, id_in),
    "text": {"query": says(sa.func.lower(logs.c.message + " " + logs.c.logger))},
}

# How an aggregate's rows are found by those of another; what is absent here has no rows yet.

_Related = Mapping[str, tuple[Fields, Callable[[Condition], Condition]]]


def _itself(asked: Condition) -> Condition:
    return asked


_BY_RELATED: Final[dict[str, _Related]] = {
    "flows": {
        "flows": (FLOWS, _itself),
        "flow_runs": (FLOW_RUNS, lambda asked: flows.c.id.in_(sa.select(flow_runs.c.flow_id).where(asked))),
        "task_runs": (
            TASK_RUNS,
            lambda asked: flows.c.id.in_(
                sa.select(flow_runs.c.flow_id).join(task_runs, task_runs.c.flow_run_id == flow_runs.c.id).where(asked)
            ),
        ),
    },
    "flow_runs": {
        "flows": (FLOWS, lambda asked: flow_runs.c.flow_id.in_(sa.select(flows.c.id).where(asked))),
        "flow_runs": (FLOW_RUNS, _itself),
        "task_runs": (TASK_RUNS, lambda asked: flow_runs.c.id.in_(sa.select(task_runs.c.flow_run_id).where(asked))),
    },
    "task_runs": {
        "flows": (
            FLOWS,
            lambda asked: task_runs.c.flow_run_id.in_(
                sa.select(flow_runs.c.id).join(flows, flows.c.id == flow_runs.c.flow_id).where(asked)
            ),
        ),
        "flow_runs": (FLOW_RUNS, lambda asked: task_runs.c.flow_run_id.in_(sa.select(flow_runs.c.id).where(asked))),
        "task_runs": (TASK_RUNS, _itself),
    },
}


def conditions(aggregate: str, query: Mapping[str, Mapping[str, Any] | None]) -> list[Condition]:
    """What a query asks of an aggregate's rows: `query` maps aggregates (flows, flow_runs ...) to their filters.

    A filter of another aggregate also asks that there is such a row: an empty one, for any.
    """
    asked: list[Condition] = []
    for name, wire in query.items():
        if wire is None:
            continue
        if name not in _BY_RELATED[aggregate]:
            asked.append(sa.false())
            continue
        fields, relate = _BY_RELATED[aggregate][name]
        term = condition(fields, wire)
        if name != aggregate or term is not None:
            asked.append(relate(sa.true() if term is None else term))
    return asked


# Orders. Nulls come last in each, and the id decides between equals, so that pages do not overlap.


def _by(column: sa.ColumnElement[Any], *, last: sa.ColumnElement[Any], descending: bool = False) -> Order:
    first = (column.desc() if descending else column.asc()).nulls_last()
    return (first, last.desc() if descending else last.asc())


FLOW_ORDERS: Final[dict[str, Order]] = {
    "CREATED_DESC": _by(flows.c.created_at, last=flows.c.id, descending=True),
    "UPDATED_DESC": _by(flows.c.updated_at, last=flows.c.id, descending=True),
    "NAME_ASC": (flows.c.name.asc(),),
    "NAME_DESC": (flows.c.name.desc(),),
}

FLOW_RUN_ORDERS: Final[dict[str, Order]] = {
    "ID_DESC": (flow_runs.c.id.desc(),),
    "START_TIME_ASC": _by(_started, last=flow_runs.c.id),
    "START_TIME_DESC": _by(_started, last=flow_runs.c.id, descending=True),
    "EXPECTED_START_TIME_ASC": _by(flow_runs.c.expected_start_at, last=flow_runs.c.id),
    "EXPECTED_START_TIME_DESC": _by(flow_runs.c.expected_start_at, last=flow_runs.c.id, descending=True),
    "NAME_ASC": _by(flow_runs.c.name, last=flow_runs.c.id),
    "NAME_DESC": _by(flow_runs.c.name, last=flow_runs.c.id, descending=True),
    "NEXT_SCHEDULED_START_TIME_ASC": _by(flow_runs.c.next_scheduled_at, last=flow_runs.c.id),
    "END_TIME_DESC": _by(flow_runs.c.end_at, last=flow_runs.c.id, descending=True),
}

TASK_RUN_ORDERS: Final[dict[str, Order]] = {
    "ID_DESC": (task_runs.c.id.desc(),),
    "EXPECTED_START_TIME_ASC": _by(task_runs.c.created_at, last=task_runs.c.id),
    "EXPECTED_START_TIME_DESC": _by(task_runs.c.created_at, last=task_runs.c.id, descending=True),
    "NAME_ASC": _by(task_runs.c.name, last=task_runs.c.id),
    "NAME_DESC": _by(task_runs.c.name, last=task_runs.c.id, descending=True),
    # Task runs are not scheduled: none has an instant at which it is to start next.
    "NEXT_SCHEDULED_START_TIME_ASC": (task_runs.c.id.asc(),),
    "END_TIME_DESC": _by(task_runs.c.end_at, last=task_runs.c.id, descending=True),
    "DURATION_ASC": _by(task_runs.c.running_us, last=task_runs.c.id),
    "DURATION_DESC": _by(task_runs.c.running_us, last=task_runs.c.id, descending=True),
}

# Lines of one instant stay in the order in which they were stored: a journal stores them in the order of writing.
LOG_ORDERS: Final[dict[str, Order]] = {
    "TIMESTAMP_ASC": (logs.c.at.asc(), logs.c.seq.asc()),
    "TIMESTAMP_DESC": (logs.c.at.desc(), logs.c.seq.desc()),
}
