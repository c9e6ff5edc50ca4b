"""Writes lines into the logs of runs, over the API.

Clients send their lines again when they do not hear whether they were taken. Lines on the wire have no id, but all
lines of a request together are as good as one: their digest stands where those of a journal name it.
"""

import hashlib
from collections.abc import Sequence

from msgspec.structs import replace

from headrace.server.store import deletions, hot
from headrace.server.store.changes import Changes, LogRow
from headrace.server.store.transactions import Store
from headrace.server.usecases.deciding import decided

__all__ = ["write_logs"]


def write_logs(store: Store, lines: Sequence[LogRow]) -> None:
    """Writes lines, in one step and once each, however often they are told together.

    Those of flow runs that were deleted are left out.
    """
    if lines:
        request = _number(lines)
        told = [replace(line, request=request, position=position) for position, line in enumerate(lines)]
        decided(lambda is_again: _write(store, told))


def _number(lines: Sequence[LogRow]) -> int:
    """A number below zero that no other lines have."""
    # By their representation, which any value has: what the store refuses, it is to refuse.
    digest = hashlib.blake2b(repr(lines).encode(), digest_size=8).digest()
    return -1 - (int.from_bytes(digest, "big") >> 1)


def _write(store: Store, lines: Sequence[LogRow]) -> None:
    about = {line.flow_run_id for line in lines if line.flow_run_id is not None}
    with store.read() as tx:
        deleted = deletions.deleted_among(tx, about)
    rows = tuple(line for line in lines if line.flow_run_id not in deleted)
    with store.step() as tx:
        hot.apply(tx, Changes(logs=rows))
