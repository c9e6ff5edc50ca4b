"""The tables as SQLAlchemy Core knows them, for filters and ordinary reads. The schema itself is SQL: a test compares.

Imported only where such statements are built or run: SQLAlchemy takes 200 ms to import.
"""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

__all__ = [
    "Id",
    "Json",
    "Packed",
    "dead_letters",
    "deleted_flow_runs",
    "edges",
    "event_resources",
    "events",
    "flow_run_inputs",
    "flow_run_states",
    "flow_runs",
    "flows",
    "journal_leases",
    "journals",
    "listeners",
    "logs",
    "meta",
    "metadata",
    "run_changes",
    "saved_searches",
    "task_run_details",
    "task_runs",
]


class Id(UserDefinedType[bytes]):
    """16 bytes: blob or uuid. The connections of both dialects give and take them as bytes."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "ID"


class Json(UserDefinedType[bytes]):
    """JSON as it was written: text, or jsonb as bytes."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "JSON"


class Packed(UserDefinedType[bytes]):
    """Bytes that only Headrace reads."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "PACKED"


metadata: Final = sa.MetaData()


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _key(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, primary_key=True)


meta: Final = sa.Table(
    "meta",
    metadata,
    _key("only_row", sa.BigInteger),
    _required("store_id", sa.Text),
    _required("created_at", sa.BigInteger),
    _required("schema_version", sa.BigInteger),
    _required("min_reader", sa.BigInteger),
    _required("min_writer", sa.BigInteger),
)

flows: Final = sa.Table(
    "flows",
    metadata,
    _key("id", Id),
    _required("name", sa.Text),
    _required("created_at", sa.BigInteger),
    _required("updated_at", sa.BigInteger),
    _required("tags", Json),
    _required("labels", Json),
)

journals: Final = sa.Table(
    "journals",
    metadata,
    _key("key", sa.BigInteger),
    _required("id", Id),
    _required("host", sa.Text),
    _required("boot_id", sa.Text),
    _required("pid", sa.BigInteger),
    _required("started_at", sa.BigInteger),
    _required("states_cursor", sa.BigInteger),
    _required("logs_cursor", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
)

journal_leases: Final = sa.Table(
    "journal_leases",
    metadata,
    _key("journal", sa.BigInteger),
    _required("term", sa.BigInteger),
    _required("renewed_at", sa.BigInteger),
)

flow_runs: Final = sa.Table(
    "flow_runs",
    metadata,
    _key("id", Id),
    _required("flow_id", Id),
    _required("name", sa.Text),
    _required("created_at", sa.BigInteger),
    _required("updated_at", sa.BigInteger),
    _required("attempt", sa.BigInteger),
    _required("ordinal", sa.BigInteger),
    sa.Column("state_id", Id),
    sa.Column("state_type", sa.Text),
    sa.Column("state_name", sa.Text),
    sa.Column("state_at", sa.BigInteger),
    _required("parameters", Json),
    _required("tags", Json),
    _required("labels", Json),
    _required("context", Json),
    _required("policy", Json),
    sa.Column("parent_task_run_id", Id),
    sa.Column("flow_version", sa.Text),
    sa.Column("idempotency_key", sa.Text),
    _required("run_count", sa.BigInteger),
    sa.Column("expected_start_at", sa.BigInteger),
    sa.Column("next_scheduled_at", sa.BigInteger),
    sa.Column("start_at", sa.BigInteger),
    sa.Column("end_at", sa.BigInteger),
    _required("running_us", sa.BigInteger),
    sa.Column("journal", sa.BigInteger),
    sa.Column("infrastructure_pid", sa.Text),
    sa.Column("job_variables", Json),
)

flow_run_inputs: Final = sa.Table(
    "flow_run_inputs",
    metadata,
    _key("flow_run_id", Id),
    _key("key", sa.Text),
    _required("id", Id),
    _required("value", sa.Text),
    sa.Column("sender", sa.Text),
    _required("created_at", sa.BigInteger),
)

flow_run_states: Final = sa.Table(
    "flow_run_states",
    metadata,
    _required("id", Id),
    _key("flow_run_id", Id),
    _key("attempt", sa.BigInteger),
    _key("ordinal", sa.BigInteger),
    _required("type", sa.Text),
    _required("name", sa.Text),
    _required("at", sa.BigInteger),
    sa.Column("message", sa.Text),
    sa.Column("details", Json),
    sa.Column("data", Json),
)

task_runs: Final = sa.Table(
    "task_runs",
    metadata,
    _key("id", Id),
    sa.Column("flow_run_id", Id),
    _required("name", sa.Text),
    _required("task_key", sa.Text),
    _required("created_at", sa.BigInteger),
    _required("updated_at", sa.BigInteger),
    _required("attempt", sa.BigInteger),
    _required("ordinal", sa.BigInteger),
    _required("state_type", sa.Text),
    _required("state_name", sa.Text),
    _required("state_at", sa.BigInteger),
    _required("history", Packed),
    _required("revision", sa.BigInteger),
    _required("run_count", sa.BigInteger),
    _required("tags", Json),
    sa.Column("dynamic_key", sa.Text),
    sa.Column("task_version", sa.Text),
    sa.Column("start_at", sa.BigInteger),
    sa.Column("end_at", sa.BigInteger),
    _required("running_us", sa.BigInteger),
    sa.Column("journal", sa.BigInteger),
)

task_run_details: Final = sa.Table(
    "task_run_details",
    metadata,
    _key("task_run_id", Id),
    _required("policy", Json),
    _required("labels", Json),
    _required("inputs", Json),
    sa.Column("cache_key", sa.Text),
    sa.Column("cache_expiration_at", sa.BigInteger),
)

edges: Final = sa.Table(
    "edges",
    metadata,
    _key("downstream", Id),
    _key("parameter", sa.Text),
    _key("upstream", Id),
)

logs: Final = sa.Table(
    "logs",
    metadata,
    _key("seq", sa.BigInteger),
    sa.Column("flow_run_id", Id),
    sa.Column("task_run_id", Id),
    _required("at", sa.BigInteger),
    _required("level", sa.BigInteger),
    _required("logger", sa.Text),
    _required("message", sa.Text),
    sa.Column("journal", sa.BigInteger),
    sa.Column("position", sa.BigInteger),
)

dead_letters: Final = sa.Table(
    "dead_letters",
    metadata,
    _key("journal", sa.BigInteger),
    _key("series", sa.Text),
    _key("position", sa.BigInteger),
    _required("reason", sa.Text),
    _required("payload", Packed),
    _required("at", sa.BigInteger),
)

deleted_flow_runs: Final = sa.Table("deleted_flow_runs", metadata, _key("id", Id))

saved_searches: Final = sa.Table(
    "saved_searches",
    metadata,
    _key("id", Id),
    _required("name", sa.Text),
    _required("filters", Json),
    _required("created_at", sa.BigInteger),
    _required("updated_at", sa.BigInteger),
)

events: Final = sa.Table(
    "events",
    metadata,
    _key("seq", sa.BigInteger),
    _required("id", Id),
    _required("occurred_at", sa.BigInteger),
    _required("received_at", sa.BigInteger),
    _required("event", sa.Text),
    _required("resource_id", sa.Text),
    _required("resource", Json),
    _required("related", Json),
    _required("payload", Json),
    sa.Column("follows", Id),
)

event_resources: Final = sa.Table(
    "event_resources",
    metadata,
    _key("resource_id", sa.Text),
    _key("event", sa.BigInteger),
)

listeners: Final = sa.Table(
    "listeners",
    metadata,
    _key("id", Id),
    _key("topic", sa.Text),
    _required("until", sa.BigInteger),
)

run_changes: Final = sa.Table(
    "run_changes",
    metadata,
    _key("seq", sa.BigInteger),
    _required("at", sa.BigInteger),
    sa.Column("flow_run_id", Id),
    sa.Column("attempt", sa.BigInteger),
    sa.Column("ordinal", sa.BigInteger),
    sa.Column("task_run_id", Id),
    sa.Column("history", Packed),
    sa.Column("history_before", Packed),
)
