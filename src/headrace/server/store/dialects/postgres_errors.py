"""What PostgreSQL's errors mean, said once: by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

from typing import Final

import psycopg
from psycopg import errors

from headrace.server.store.errors import RowRefused, StaleFacts, StoreCorrupt, StoreUnavailable

__all__ = ["translated"]

_LOST_A_RACE: Final = (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)
_DEFECTS_OF_OURS: Final = (psycopg.ProgrammingError, psycopg.InternalError)
_DAMAGED: Final = (errors.DataCorrupted, errors.IndexCorrupted)
_REFUSED_BY_RIGHTS: Final = (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)


def translated(exc: psycopg.Error, where: str) -> Exception:
    """The store's error for a driver error; the driver error itself where it is a defect of ours (bad SQL)."""
    if isinstance(exc, errors.UniqueViolation):
        return StaleFacts(_fence(exc))
    if isinstance(exc, errors.NotNullViolation) and exc.diag.column_name == "flow_id":
        return StaleFacts("flows")  # the flow that the facts spoke of is gone
    if isinstance(exc, _LOST_A_RACE):
        return StaleFacts("lock")
    if isinstance(exc, psycopg.DataError | psycopg.IntegrityError | errors.ProgramLimitExceeded):
        return RowRefused(_first_line(exc))
    if isinstance(exc, _DAMAGED):
        return StoreCorrupt(f"The database {where} is damaged ({_first_line(exc)}). Nothing was changed.")
    if isinstance(exc, _REFUSED_BY_RIGHTS):
        return StoreUnavailable(
            f"The database {where} cannot be written ({_first_line(exc)}): give this user the rights, or point "
            f"HEADRACE_DATABASE_URL at the primary."
        )
    if isinstance(exc, _DEFECTS_OF_OURS):
        return exc
    return StoreUnavailable(
        f"The database {where} cannot be used ({_first_line(exc)}): check that the server runs and accepts this user."
    )


def _fence(exc: errors.UniqueViolation) -> str:
    if exc.diag.constraint_name == "flow_runs_by_idempotency_key":
        return "idempotency_key"
    return exc.diag.table_name or "lock"


def _first_line(exc: psycopg.Error) -> str:
    return (exc.diag.message_primary or str(exc)).strip().partition("\n")[0]
