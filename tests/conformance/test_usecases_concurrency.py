"""Several at once: exactly one wins, the others are refused, and the history is that of the winner."""

import random

import pytest

from headrace._kernel.ids import new_id
from headrace._records import StateRecord
from headrace.server.store import hot, states
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.create_flow import create_flow
from headrace.server.usecases.create_flow_run import NewFlowRun, create_flow_run
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.propose_state import propose_state, state_over_api
from tests.conformance.conftest import Database
from tests.support.contenders import at_once, begin_in_processes
from tests.support.journals import Teller, begun, concluded, created, task_moved
from tests.support.runs import state

NOW = 1_000
CROWD = 12


def history(store: Store, run_id: bytes) -> list[StateRecord]:
    with store.read() as tx:
        return states.of_flow_run(tx, run_id)


def test_of_many_processes_threads_one_begins_a_run(store: Store) -> None:
    run_id = new_id()
    tellers = [Teller() for _ in range(CROWD)]
    replies = at_once([lambda t=t: ingest(store, t.batch(begun(run_id)), now=NOW) for t in tellers])
    verdicts = [reply.verdicts[0] for reply in replies]
    assert sorted(verdict.status for verdict in verdicts) == ["ABORT"] * (CROWD - 1) + ["ACCEPT"]
    winner = tellers[[verdict.status for verdict in verdicts].index("ACCEPT")]
    with store.read() as tx:
        assert hot.flow_run_facts(tx, (run_id,))[run_id].journal_id == winner.journal.journal_id
    assert [each.type for each in history(store, run_id)] == ["PENDING", "RUNNING"]
    assert len({verdict.flow_id for verdict in verdicts}) == 1


def test_of_many_processes_one_begins_each_run(database: Database) -> None:
    run_ids = [new_id() for _ in range(20)]
    store = database.open()
    try:
        verdicts = begin_in_processes(database.url, run_ids, 4)
        for run_id in run_ids:
            statuses = [verdict.status for each in verdicts for verdict in each if verdict.run_id == run_id]
            assert sorted(statuses) == ["ABORT"] * 3 + ["ACCEPT"]
            assert len(history(store, run_id)) == 2
        assert len({verdict.flow_id for each in verdicts for verdict in each}) == 1
    finally:
        store.close()


def test_of_many_proposals_over_the_api_one_moves_the_run(store: Store) -> None:
    flow, _ = create_flow(store, "flow", now=NOW)
    scheduled = state_over_api("SCHEDULED", None, None, None, None, NOW)
    run, _ = create_flow_run(store, NewFlowRun(flow.id, "able-otter", scheduled), now=NOW)
    answers = at_once([lambda: propose_state(store, run.id, "PENDING", now=NOW) for _ in range(CROWD)])
    assert sorted(answer.status for answer in answers) == ["ABORT"] * (CROWD - 1) + ["ACCEPT"]
    assert [each.type for each in history(store, run.id)] == ["SCHEDULED", "PENDING"]


def test_a_run_comes_to_one_end(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    ends = ["COMPLETED", "FAILED", "CANCELLED"] * 3
    answers = at_once(
        [
            lambda: ingest(store, teller.batch(concluded(run_id)), now=NOW).verdicts[0].status == "ACCEPT",
            lambda: len(bury(store, Teller().journal, "of no run", now=NOW).flow_runs) > 0,
            *[lambda kind=kind: propose_state(store, run_id, kind, now=NOW).is_written for kind in ends],
        ]
    )
    assert answers.count(True) == 1
    assert len(history(store, run_id)) == 3


def test_a_key_makes_one_run_however_many_ask_at_once(store: Store) -> None:
    flow, _ = create_flow(store, "flow", now=NOW)
    pending = state_over_api("PENDING", None, None, None, None, NOW)
    wanted = NewFlowRun(flow.id, "able-otter", pending, idempotency_key="k")
    made = at_once([lambda: create_flow_run(store, wanted, now=NOW) for _ in range(CROWD)])
    assert len({run.id for run, _ in made}) == 1
    assert [is_made for _, is_made in made].count(True) == 1


def test_a_name_makes_one_flow_however_many_ask_at_once(store: Store) -> None:
    made = at_once([lambda: create_flow(store, "flow", now=NOW) for _ in range(CROWD)])
    assert len({flow.id for flow, _ in made}) == 1
    assert [is_made for _, is_made in made].count(True) == 1


@pytest.mark.parametrize("seed", range(3))
def test_journals_that_report_of_the_same_task_runs_at_once_lose_nothing(store: Store, seed: int) -> None:
    run_id, tasks, shuffle = new_id(), [new_id() for _ in range(8)], random.Random(seed)
    kinds = ["RUNNING", "SCHEDULED", "RUNNING", "FAILED", "RUNNING", "COMPLETED"]
    reports = [task_moved(t, kind, 10 + n, n + 1) for t in tasks for n, kind in enumerate(kinds)]
    reports += [created(task_id, run_id) for task_id in tasks]
    shuffle.shuffle(reports)
    tellers = [Teller() for _ in range(4)]

    def tell(number: int) -> None:
        own = reports[number::4]
        for start in range(0, len(own), 3):
            ingest(store, tellers[number].batch(*own[start : start + 3]), now=NOW)

    at_once([lambda number=number: tell(number) for number in range(4)])
    with store.read() as tx:
        found = hot.task_run_facts(tx, tasks)
    expected = (state("PENDING", 3), *[state(kind, 10 + n, ordinal=n + 1) for n, kind in enumerate(kinds)])
    assert {facts.history for facts in found.values()} == {expected}
    assert {(facts.name, facts.run_count, facts.state.type) for facts in found.values()} == {("task-0", 3, "COMPLETED")}
    assert len(found) == len(tasks)
