"""A process that is killed at any point of a call: all of it is stored, or nothing, and the call can be repeated."""

import signal
from pathlib import Path

import pytest

from headrace._kernel.ids import new_id
from headrace._stream import Burial, SinkRefused
from headrace.server.store import hot
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.journals import is_buried
from tests.conformance.conftest import Database
from tests.support import one_call
from tests.support.journals import Teller, begun
from tests.support.processes import run_python

POINTS = ["store.staged", "store.commit.before", "store.commit.after"]
SCRIPT = Path(one_call.__file__)


def killed(database: Database, verb: str, teller: Teller, run_id: bytes, point: str) -> None:
    journal_id = teller.journal.journal_id.hex()
    code = run_python(SCRIPT, verb, database.url, journal_id, run_id.hex(), crash_point=point)
    assert code == -signal.SIGKILL


def kinds(store: Store, run_id: bytes) -> list[str]:
    with store.read() as tx:
        flow_runs, task_runs = hot.flow_run_facts(tx, (run_id,)), hot.task_run_facts(tx, (run_id[::-1],))
    return [facts.state.type for facts in (*flow_runs.values(), *task_runs.values()) if facts.state is not None]


@pytest.mark.parametrize("point", [*POINTS, "ingest.reply"])
def test_a_batch_whose_sender_was_killed_is_stored_whole_or_not_at_all(
    database: Database, store: Store, point: str
) -> None:
    teller, run_id = Teller(), new_id()
    killed(database, "ingest", teller, run_id, point)
    batch = one_call.first_batch(teller, run_id)
    if kinds(store, run_id):
        with pytest.raises(SinkRefused) as refused:
            ingest(store, batch, now=2_000)
        assert (refused.value.states_cursor, refused.value.logs_cursor) == (batch.states.end, batch.logs.end)
        (verdict,) = ingest(store, teller.batch(begun(run_id)), now=2_000).verdicts
    else:
        assert point != "ingest.reply"
        (verdict,) = ingest(store, batch, now=2_000).verdicts
    assert verdict.status == "ACCEPT"
    assert kinds(store, run_id) == ["RUNNING", "PENDING"]


@pytest.mark.parametrize("passage", [1, 2, 3, 4])
def test_a_batch_that_is_stored_in_parts_has_its_lines_stored_before_any_state(
    database: Database, store: Store, passage: int
) -> None:
    teller, run_id = Teller(), new_id()
    killed(database, "ingest_in_parts", teller, run_id, f"store.commit.after:{passage}")
    batch = one_call.batch_in_parts(teller, run_id)
    with store.read() as tx:
        known = hot.cursors(tx, teller.journal.journal_id)
    assert known is not None
    assert (known.states_cursor, known.logs_cursor) == (10 * (passage - 1), batch.logs.end)


@pytest.mark.parametrize("point", [*POINTS, "bury.reply"])
def test_a_burial_whose_recoverer_was_killed_is_done_whole_or_not_at_all(
    database: Database, store: Store, point: str
) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, one_call.first_batch(teller, run_id), now=1_000)
    killed(database, "bury", teller, run_id, point)
    was_done = is_buried(store, teller.journal.journal_id)
    assert was_done or point != "bury.reply"
    assert kinds(store, run_id) == (["CRASHED", "CRASHED"] if was_done else ["RUNNING", "PENDING"])
    expected = Burial() if was_done else Burial((run_id,), 1)
    assert bury(store, teller.journal, "gone", now=3_000) == expected
    assert kinds(store, run_id) == ["CRASHED", "CRASHED"]
