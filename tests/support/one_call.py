"""A process that makes one call to the control plane, and may be killed on its way.

Arguments: ingest, ingest_in_parts or bury; the URL, the journal, the run.
"""

import sys

from headrace._stream import Batch
from headrace.server.store.opening import open_store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.ingest import ingest
from tests.support.journals import Teller, begun, concluded, created, line

__all__ = ["batch_in_parts", "first_batch"]

TOO_LARGE = 2**63  # for the integers of any database


def first_batch(teller: Teller, run_id: bytes) -> Batch:
    """A run that is begun, one task run and one line."""
    return teller.batch(begun(run_id), created(run_id[::-1], run_id), logs=[line(run_id)])


def batch_in_parts(teller: Teller, run_id: bytes) -> Batch:
    """A whole run with a line, and between its states a record that every database refuses."""
    return teller.batch(begun(run_id), created(run_id[::-1], run_id, TOO_LARGE), concluded(run_id), logs=[line(run_id)])


def call(verb: str, url: str, teller: Teller, run_id: bytes) -> None:
    """Makes the call."""
    store = open_store(url)
    if verb == "ingest":
        ingest(store, first_batch(teller, run_id), now=1_000)
    elif verb == "ingest_in_parts":
        ingest(store, batch_in_parts(teller, run_id), now=1_000)
    else:
        bury(store, teller.journal, "gone", now=2_000)
    store.close()


if __name__ == "__main__":
    call(sys.argv[1], sys.argv[2], Teller(bytes.fromhex(sys.argv[3])), bytes.fromhex(sys.argv[4]))
