"""Task runs that are told by events come out the same, in whichever order, however often and in whatever parts."""

import random
from collections.abc import Sequence

import pytest
from msgspec import Struct
from msgspec.structs import replace

from headrace._kernel.ids import new_id
from headrace._records import StateRecord
from headrace.server.store import deletions, states, task_run_details, task_runs
from headrace.server.store.facts import TaskRunFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.create_task_run import NewTaskRun, create_task_run
from headrace.server.usecases.propose_task_state import propose_task_state
from headrace.server.usecases.record_events import record_told_states
from headrace.server.usecases.told_task_runs import ToldState
from tests.support.rows import AT, apply, flow_run, state

LIFE = ("PENDING", "RUNNING", "SCHEDULED", "RUNNING", "COMPLETED")


def told(run_id: bytes, kind: str, at: int, **fields: object) -> ToldState:
    """A state as an event tells it; the run bears a name that says when."""
    record = StateRecord(1, 0, kind, kind.capitalize(), AT + at)
    known = {"flow_run_id": None, "name": f"at {at}", "task_key": "say", "dynamic_key": "k", "tags": (kind,)}
    return ToldState(new_id(), NewTaskRun(id=run_id, state=record, **{**known, **fields}), min(at, 1))


def whole_life(run_id: bytes) -> list[ToldState]:
    upstream = new_id()
    return [told(run_id, kind, at, inputs=(("x", (upstream,)),)) for at, kind in enumerate(LIFE)]


class Seen(Struct, frozen=True):
    """What a run came to, but for when and how often it was written."""

    run: TaskRunFacts
    inputs: object
    policy: bytes


def seen(store: Store, run_id: bytes) -> Seen:
    with store.read() as tx:
        run = task_runs.read(tx, run_id)
        assert run is not None
        details = task_run_details.read_many(tx, (run_id,))[run_id]
        inputs = task_runs.inputs(tx, (run_id,)).get(run_id)
    return Seen(_timeless(run), inputs, details.policy)


def _timeless(run: TaskRunFacts) -> TaskRunFacts:
    return replace(run, revision=0, updated_at=0)


def parts(pick: random.Random, of: Sequence[ToldState]) -> list[list[ToldState]]:
    """All of it and some of it again, in any order, in parts of any size."""
    mixed = [*of, *pick.sample(of, pick.randrange(len(of)))]
    pick.shuffle(mixed)
    found: list[list[ToldState]] = []
    while mixed:
        size = pick.randrange(1, 4)
        found.append(mixed[:size])
        mixed = mixed[size:]
    return found


@pytest.mark.parametrize("seed", range(12))
def test_arrival_does_not_matter(store: Store, seed: int) -> None:
    pick, run_id = random.Random(seed), new_id()
    life = whole_life(run_id)
    for part in parts(pick, life):
        record_told_states(store, part, now=AT + 100)
    mixed = seen(store, run_id)
    with store.write() as tx:
        task_runs.delete(tx, run_id)
        task_run_details.delete(tx, run_id)
    record_told_states(store, life, now=AT + 100)
    assert mixed == seen(store, run_id)
    assert [one.type for one in mixed.run.history] == list(LIFE)
    assert [one.at for one in mixed.run.history] == [AT + at for at in range(5)]
    assert (mixed.run.name, mixed.run.run_count, mixed.run.tags) == ("at 4", 2, ("COMPLETED",))


def test_a_state_is_found_by_the_id_that_it_was_told_under(store: Store) -> None:
    run_id = new_id()
    life = [told(run_id, kind, at) for at, kind in enumerate(LIFE)]
    # Ids of clients say when they were made, and so do these.
    at = int.from_bytes(life[2].id[:6], "big") * 1_000
    record_told_states(store, [_at(one, at + n) for n, one in enumerate(life)], now=AT)
    with store.read() as tx:
        found = states.of_task_run_by_id(tx, life[2].id)
    assert found is not None
    assert (found[0].id, found[1].type) == (run_id, "SCHEDULED")


def _at(one: ToldState, at: int) -> ToldState:
    return replace(one, run=replace(one.run, state=replace(one.run.state, at=at)))


def test_states_of_one_instant_are_all_kept(store: Store) -> None:
    run_id = new_id()
    record_told_states(store, [told(run_id, kind, 0) for kind in ("COMPLETED", "PENDING", "RUNNING")], now=AT)
    assert [one.type for one in seen(store, run_id).run.history] == ["PENDING", "RUNNING", "COMPLETED"]


def test_a_run_that_was_made_and_moved_over_the_api_is_told_on(store: Store) -> None:
    run_id = new_id()
    create_task_run(store, NewTaskRun(run_id, None, "made", "say", "k", state("PENDING", 0, AT)), now=AT)
    propose_task_state(store, run_id, StateRecord(0, 0, "RUNNING", "Running", AT + 5), now=AT + 5)
    with store.read() as tx:
        before = states.of_task_run(tx, run_id)
    record_told_states(store, [told(run_id, "COMPLETED", 9), told(run_id, "SCHEDULED", 3)], now=AT + 10)
    run = seen(store, run_id).run
    assert [one.type for one in run.history] == ["PENDING", "SCHEDULED", "RUNNING", "COMPLETED"]
    assert [one.at for one in before] == [AT, AT + 5]
    assert (run.name, run.state.type) == ("at 9", "COMPLETED")


def test_what_is_told_of_a_deleted_flow_run_is_left_out(store: Store) -> None:
    gone, there = flow_run(), flow_run()
    apply(store, gone, there)
    with store.write() as tx:
        deletions.delete_flow_runs(tx, [gone.id])
    one, other = new_id(), new_id()
    record_told_states(
        store,
        [told(one, "RUNNING", 0, flow_run_id=gone.id), told(other, "RUNNING", 0, flow_run_id=there.id)],
        now=AT,
    )
    with store.read() as tx:
        assert (task_runs.read(tx, one) is None, task_runs.read(tx, other) is None) == (True, False)
