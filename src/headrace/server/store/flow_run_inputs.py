"""Inputs of flow runs: texts that somebody leaves for a run, by their keys."""

from collections.abc import Sequence
from typing import Final

import msgspec
import sqlalchemy as sa

from headrace.server.store.tables import flow_run_inputs, flow_runs
from headrace.server.store.transactions import Tx

__all__ = ["InputFacts", "create", "delete", "read", "read_many"]


class InputFacts(msgspec.Struct, frozen=True):
    """An input of a flow run."""

    flow_run_id: bytes
    key: str
    id: bytes
    value: str
    sender: str | None
    created_at: int


_columns: Final = [flow_run_inputs.c[name] for name in InputFacts.__struct_fields__]
# Keeps the run from being deleted at this moment on PostgreSQL; on SQLite nobody else writes.
_KEPT_RUN: Final = (
    sa.select(flow_runs.c.id).where(flow_runs.c.id == sa.bindparam("id")).with_for_update(read=True, key_share=True)
)


def create(tx: Tx, facts: InputFacts) -> bool:
    """Leaves an input for a run; False where there is no such run. StaleFacts where the run has one of this key."""
    if not tx.select(_KEPT_RUN, {"id": facts.flow_run_id}):
        return False
    tx.select(sa.insert(flow_run_inputs).values(**{name: getattr(facts, name) for name in facts.__struct_fields__}))
    return True


def read(tx: Tx, run_id: bytes, key: str) -> InputFacts | None:
    """An input of a run by its key."""
    found = tx.select(sa.select(*_columns).where(*_named(run_id, key)))
    return InputFacts(*found[0]) if found else None


def read_many(tx: Tx, run_id: bytes, prefix: str, *, limit: int, without: Sequence[str] = ()) -> list[InputFacts]:
    """The inputs of a run whose keys begin so, the oldest first; none of those `without`."""
    asked = [flow_run_inputs.c.flow_run_id == run_id, flow_run_inputs.c.key.startswith(prefix, autoescape=True)]
    if without:
        asked.append(flow_run_inputs.c.key.not_in(without))
    statement = sa.select(*_columns).where(*asked).order_by(flow_run_inputs.c.created_at, flow_run_inputs.c.id)
    return [InputFacts(*row) for row in tx.select(statement.limit(limit))]


def delete(tx: Tx, run_id: bytes, key: str) -> bool:
    """Deletes an input; whether there was one."""
    deleted = sa.delete(flow_run_inputs).where(*_named(run_id, key))
    return bool(tx.select(deleted.returning(flow_run_inputs.c.id)))


def _named(run_id: bytes, key: str) -> tuple[sa.ColumnElement[bool], ...]:
    return flow_run_inputs.c.flow_run_id == run_id, flow_run_inputs.c.key == key
