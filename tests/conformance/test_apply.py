"""What is applied is there, whole, and once."""

import json

from msgspec.structs import replace

from headrace._kernel.ids import new_id, state_id
from headrace.server.store import flow_runs, flows, hot, journals, logs, states, task_runs
from headrace.server.store.changes import Changes, DeadLetterRow, FlowRow
from headrace.server.store.facts import JournalFacts
from headrace.server.store.transactions import Store
from tests.support.rows import AT, apply, flow_run, journal, line, moved, moved_task, state, task_run


def test_a_flow_run_is_read_as_it_was_written(store: Store) -> None:
    owner = journal()
    current = state(
        "RUNNING", 1, message="Off we go", details={"cache_key": "k", "retriable": True}, data=b'{"type": "reference"}'
    )
    written = flow_run(
        current,
        new_states=(state("PENDING", 0, AT - 1), current),
        parameters=b'{"name": "M\xc3\xbcnchen", "n": 1.5}',
        tags=("b", "a"),
        labels=b'{"team": "water"}',
        context=b'{"x": [1]}',
        policy=b'{"retries": 2}',
        parent_task_run_id=new_id(),
        flow_version="v1",
        idempotency_key="once",
        run_count=1,
        expected_start_at=AT + 1,
        next_scheduled_at=AT + 2,
        start_at=AT + 3,
        end_at=AT + 4,
        running_us=5,
        journal_id=owner.id,
    )
    apply(store, written, journal=owner)
    with store.read() as tx:
        read = flow_runs.read(tx, written.id)
        history = states.of_flow_run(tx, written.id)
    assert read is not None
    for name in written.__struct_fields__:
        if name in {"new_states", "expected_state_id", "is_new", "parameters", "labels", "context", "policy"}:
            continue
        if name == "state":
            assert replace(read.state, data=None) == replace(written.state, data=None)
        else:
            assert getattr(read, name) == getattr(written, name), name
    for name in ("parameters", "labels", "context", "policy"):
        assert json.loads(getattr(read, name)) == json.loads(getattr(written, name))
    assert read.state_id == state_id(written.id, 1, 1)
    assert json.loads(read.state.data) == {"type": "reference"}
    assert [(was.type, was.ordinal) for was in history] == [("PENDING", 0), ("RUNNING", 1)]


def test_a_flow_run_without_a_state_has_none(store: Store) -> None:
    written = flow_run(state=None, new_states=())
    apply(store, written)
    with store.read() as tx:
        read = flow_runs.read(tx, written.id)
    assert read is not None
    assert (read.state, read.state_id) == (None, None)


def test_a_moved_flow_run_keeps_its_history(store: Store) -> None:
    written = flow_run(state("PENDING", 0))
    apply(store, written)
    # What a run is stays as it is when the run moves: it may have been changed meanwhile.
    ended = moved(written, state("COMPLETED", 2), tags=("stale",), name="stale", policy=None, end_at=AT + 9)
    apply(store, ended)
    with store.read() as tx:
        read = flow_runs.read(tx, written.id)
        history = states.of_flow_run(tx, written.id)
    assert read is not None
    assert (read.state.type, read.tags, read.name, read.end_at) == ("COMPLETED", (), "able-otter", AT + 9)
    assert [was.type for was in history] == ["PENDING", "COMPLETED"]


def test_states_are_ordered_by_attempt_and_ordinal_whenever_they_arrive(store: Store) -> None:
    run = flow_run(state("RUNNING", 1, attempt=2), new_states=(state("RUNNING", 1, attempt=2),))
    apply(store, run)
    apply(store, moved(run, run.state, new_states=(state("CRASHED", 9), state("PENDING", 0, attempt=2))))
    with store.read() as tx:
        history = states.of_flow_run(tx, run.id)
    assert [(was.attempt, was.ordinal) for was in history] == [(1, 9), (2, 0), (2, 1)]


def test_a_state_told_twice_is_kept_once_as_it_was_first_told(store: Store) -> None:
    run = flow_run(state("PENDING", 0, message="first"))
    apply(store, run)
    apply(
        store, moved(run, state("RUNNING", 1), new_states=(state("PENDING", 0, message="again"), state("RUNNING", 1)))
    )
    with store.read() as tx:
        history = states.of_flow_run(tx, run.id)
    assert [(was.type, was.message) for was in history] == [("PENDING", "first"), ("RUNNING", None)]


def test_a_task_run_is_read_as_it_was_written(store: Store) -> None:
    owner = journal()
    written = task_run(
        state("PENDING", 0, message="waiting"),
        state("COMPLETED", 1, details={"cache_key": "k"}, data=b"{}"),
        flow_run_id=new_id(),
        run_count=1,
        tags=("x",),
        dynamic_key="0",
        task_version="v",
        start_at=AT,
        end_at=AT + 1,
        running_us=1,
        journal_id=owner.id,
    )
    apply(store, written, journal=owner)
    with store.read() as tx:
        read = task_runs.read(tx, written.id)
    assert read is not None
    for name in read.__struct_fields__:
        assert getattr(read, name) == getattr(written, name), name


def test_a_moved_task_run_is_rewritten_whole(store: Store) -> None:
    written = task_run(state("PENDING", 0))
    apply(store, written)
    running = moved_task(written, state("RUNNING", 1), start_at=AT + 1)
    apply(store, running)
    ended = moved_task(running, state("FAILED", 2), tags=("late",), end_at=AT + 2)
    apply(store, ended)
    with store.read() as tx:
        read = task_runs.read(tx, written.id)
        history = states.of_task_run(tx, written.id)
    assert read is not None
    assert (read.state, read.revision, read.tags, read.start_at) == (ended.state, 3, ("late",), AT + 1)
    assert [was.type for was in history] == ["PENDING", "RUNNING", "FAILED"]


def test_new_and_moved_task_runs_go_in_one_step(store: Store) -> None:
    first = [task_run(state("PENDING", 0)) for _ in range(3)]
    apply(store, *first)
    apply(store, *(moved_task(run, state("RUNNING", 1)) for run in first), *(task_run() for _ in range(700)))
    with store.read() as tx:
        assert task_runs.count_by_state(tx, {}) == {("RUNNING", "Running"): 3, ("COMPLETED", "Completed"): 700}


def test_edges_told_twice_are_kept_once(store: Store) -> None:
    first, second = task_run(), task_run()
    child = task_run(state("PENDING", 0), inputs=(("x", (first.id, second.id)), ("y", (first.id,))))
    apply(store, first, second, child)
    apply(store, moved_task(child, state("RUNNING", 1)))
    with store.read() as tx:
        assert task_runs.inputs(tx, [child.id, first.id]) == {
            child.id: (("x", tuple(sorted((first.id, second.id)))), ("y", (first.id,)))
        }


def test_a_flow_of_a_known_name_stays_as_it_is(store: Store) -> None:
    first = FlowRow(new_id(), "hello", AT, ("a",), b'{"k": "v"}')
    with store.step() as tx:
        flows.create(tx, first)
    with store.step() as tx:
        flows.create(tx, FlowRow(new_id(), "hello", AT + 1, ("b",)))
    with store.read() as tx:
        by_name, by_id = flows.read_by_name(tx, "hello"), flows.read(tx, first.id)
        assert hot.known_flow_ids(tx, ["hello", "unknown"]) == {"hello": first.id}
    assert by_name == by_id
    assert by_name is not None
    assert (by_name.id, by_name.created_at, by_name.tags) == (first.id, AT, ("a",))
    assert json.loads(by_name.labels) == {"k": "v"}


def test_a_flow_run_belongs_to_the_flow_that_exists_already(store: Store) -> None:
    flow = FlowRow(new_id(), "hello", AT)
    apply(store, flow)
    run = flow_run()
    apply(store, run)  # with a FlowRow of another id
    with store.read() as tx:
        read = flow_runs.read(tx, run.id)
    assert read is not None
    assert (read.flow_id, read.flow_name) == (flow.id, "hello")


def test_lines_of_a_journal_are_known_by_their_position(store: Store) -> None:
    owner = journal(0, 10)
    lines = [line(f"line {number}", journal_id=owner.id, position=number) for number in range(10)]
    apply(store, *lines, journal=owner)
    again = journal(0, 12, known_at=(0, 10), id=owner.id)
    told_again = [line(f"line {number}", journal_id=owner.id, position=number) for number in range(5, 12)]
    apply(store, *told_again, journal=again)
    with store.read() as tx:
        assert [read.message for read in logs.read_many(tx, None)] == [f"line {number}" for number in range(12)]


def test_lines_without_a_journal_are_all_kept(store: Store) -> None:
    apply(store, line("one"), line("one"))
    with store.read() as tx:
        read = logs.read_many(tx, {})
        assert logs.count(tx, {}) == 2
    assert len({each.id for each in read}) == 2


def test_dead_letters_are_kept_once_with_their_reason(store: Store) -> None:
    owner = journal(5, 0)
    letter = DeadLetterRow(owner.id, "states", 3, "of a later version", b"\x00\xff", AT)
    with store.step() as tx:
        hot.apply(tx, Changes(journal=owner, dead_letters=(letter,)))
    with store.step() as tx:
        hot.apply(tx, Changes(dead_letters=(letter,)))
    with store.read() as tx:
        (read,) = journals.dead_letters(tx)
        (stored,) = journals.read_all(tx)
    assert (read.journal_id, read.series, read.position, read.reason, read.payload, read.at) == (
        owner.id,
        "states",
        3,
        "of a later version",
        b"\x00\xff",
        AT,
    )
    assert (stored.id, stored.states_cursor, stored.dead_letters) == (owner.id, 5, 1)


def test_a_journal_moves_with_its_rows(store: Store) -> None:
    owner = journal(1, 2)
    apply(store, journal=owner)
    apply(store, task_run(journal_id=owner.id), journal=journal(3, 4, known_at=(1, 2), id=owner.id))
    with store.read() as tx:
        assert hot.cursors(tx, owner.id) == JournalFacts(3, 4, None)
        assert hot.cursors(tx, new_id()) is None


def test_rows_may_refer_to_a_journal_of_an_earlier_step(store: Store) -> None:
    first, second = journal(), journal()
    apply(store, journal=first)
    run = flow_run(journal_id=first.id)
    apply(store, run, line(journal_id=first.id, position=1), journal=second)
    with store.read() as tx:
        read = flow_runs.read(tx, run.id)
    assert read is not None
    assert read.journal_id == first.id


def test_empty_changes_write_nothing(store: Store) -> None:
    apply(store)
    with store.read() as tx:
        assert flow_runs.count(tx, {}) == 0


def test_several_steps_may_share_a_writing_transaction(store: Store) -> None:
    runs = [task_run() for _ in range(3)]
    with store.write() as tx:
        for run in runs:
            hot.apply(tx, Changes(task_runs=(run,)))
    with store.read() as tx:
        assert set(hot.task_run_facts(tx, [run.id for run in runs])) == {run.id for run in runs}


def test_a_writing_transaction_that_raises_leaves_nothing(store: Store) -> None:
    class Stop(Exception):
        pass

    try:
        with store.write() as tx:
            hot.apply(tx, Changes(task_runs=(task_run(),)))
            raise Stop
    except Stop:
        pass
    apply(store, task_run())
    with store.read() as tx:
        assert task_runs.count(tx, {}) == 1


def test_a_reader_sees_one_instant(store: Store) -> None:
    apply(store, task_run())
    with store.read() as tx:
        assert task_runs.count(tx, {}) == 1
        apply(store, task_run())
        assert task_runs.count(tx, {}) == 1
    with store.read() as tx:
        assert task_runs.count(tx, {}) == 2
