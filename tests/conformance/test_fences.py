"""Facts that moved are noticed by the step itself, which then writes nothing; so are rows that can never be written."""

import threading

import pytest
from msgspec.structs import replace

from headrace._kernel.ids import new_id
from headrace.server.store import deletions, flow_runs, flows, hot, journals, logs, task_runs
from headrace.server.store.changes import Changes, FlowRow, FlowRunRow, JournalRow, LogRow, TaskRunRow
from headrace.server.store.errors import RowRefused, StaleFacts
from headrace.server.store.transactions import Store
from tests.support.rows import AT, apply, flow_run, journal, line, moved, moved_task, state, task_run

OWNER = new_id()
KNOWN = journal(10, 20, id=OWNER)
RUN = flow_run(state("PENDING", 0), journal_id=OWNER)
DELETED = flow_run(state("PENDING", 0), journal_id=OWNER)
KEYED = flow_run(state("PENDING", 0), idempotency_key="once")
TASK = task_run(state("PENDING", 0), journal_id=OWNER)


@pytest.fixture
def filled(store: Store) -> Store:
    apply(store, RUN, KEYED, TASK, DELETED, journal=KNOWN)
    with store.write() as tx:
        deletions.delete_flow_runs(tx, [DELETED.id])
    return store


def counts(store: Store) -> tuple[int, ...]:
    """How much there is of everything."""
    with store.read() as tx:
        found = [table.count(tx, {}) for table in (flows, flow_runs, task_runs, logs)]
        cursors = hot.cursors(tx, OWNER)
        assert cursors is not None
        return (*found, len(journals.read_all(tx)), cursors.states_cursor, cursors.logs_cursor)


STALE_ROWS: list[tuple[str, str, FlowRunRow | TaskRunRow | LogRow | JournalRow]] = [
    ("an unknown journal that is known", "journals", journal(1, 1, id=OWNER)),
    ("a known journal that is unknown", "journals", journal(1, 1, known_at=(0, 0))),
    ("a states cursor that moved", "journals", journal(11, 20, known_at=(9, 20), id=OWNER)),
    ("a logs cursor that moved", "journals", journal(11, 21, known_at=(10, 19), id=OWNER)),
    ("a new flow run that exists", "flow_runs", replace(RUN, name="another")),
    ("a flow run in another state", "flow_runs", moved(moved(RUN, state("RUNNING", 1)), state("COMPLETED", 2))),
    ("a flow run that is gone", "flow_runs", replace(moved(RUN, state("RUNNING", 1)), id=new_id())),
    ("a flow run that had no state", "flow_runs", replace(moved(RUN, state("RUNNING", 1)), expected_state_id=None)),
    ("a taken idempotency key", "idempotency_key", flow_run(idempotency_key="once")),
    ("a new task run that exists", "task_runs", replace(TASK, name="another")),
    ("a task run of another revision", "task_runs", replace(moved_task(TASK, state()), expected_revision=7)),
    ("a task run that is gone", "task_runs", replace(moved_task(TASK, state()), id=new_id())),
    ("a task run of a deleted flow run", "deleted_flow_runs", task_run(flow_run_id=DELETED.id)),
    ("a deleted flow run", "deleted_flow_runs", DELETED),
    ("a line of a deleted flow run", "deleted_flow_runs", replace(line(), flow_run_id=DELETED.id)),
    ("a row of an unknown journal", "journals", task_run(journal_id=new_id())),
]


@pytest.mark.parametrize(("fence", "row"), [pytest.param(*rest, id=name) for name, *rest in STALE_ROWS])
def test_stale_facts_are_named_and_nothing_is_written(
    filled: Store, fence: str, row: FlowRunRow | TaskRunRow | LogRow | JournalRow
) -> None:
    before = counts(filled)
    new_rows: list[FlowRunRow | TaskRunRow | LogRow] = [
        flow_run(flow_name="other"),
        *(task_run() for _ in range(600)),
        line(),
    ]
    moving = row if isinstance(row, JournalRow) else journal(30, 30, known_at=(10, 20), id=OWNER)
    if not isinstance(row, JournalRow):
        new_rows.append(row)
    with pytest.raises(StaleFacts) as caught:
        apply(filled, *new_rows, journal=moving)
    assert caught.value.fence == fence
    assert counts(filled) == before


def test_after_a_stale_step_the_next_one_writes_only_its_own(filled: Store) -> None:
    with pytest.raises(StaleFacts):
        apply(filled, task_run(), replace(TASK, name="another"))
    before = counts(filled)
    apply(filled, task_run())
    assert counts(filled) == (*before[:2], before[2] + 1, *before[3:])


def test_a_closed_journal_takes_nothing_more(filled: Store) -> None:
    apply(filled, journal=journal(10, 20, known_at=(10, 20), id=OWNER, closed_at=AT))
    with pytest.raises(StaleFacts) as caught:
        apply(filled, journal=journal(11, 20, known_at=(10, 20), id=OWNER))
    assert caught.value.fence == "journals"


def test_a_flow_that_is_gone_is_noticed(store: Store) -> None:
    with pytest.raises(StaleFacts) as caught, store.step() as tx:
        hot.apply(tx, Changes(flow_runs=(flow_run(),)))
    assert caught.value.fence == "flows"


def test_a_stale_step_within_a_writing_transaction_leaves_the_others(filled: Store) -> None:
    with filled.write() as tx:
        hot.apply(tx, Changes(logs=(line("before"),)))
        with pytest.raises(StaleFacts):
            hot.apply(tx, Changes(logs=(line("never"),), task_runs=(task_run(), replace(TASK, name="another"))))
        hot.apply(tx, Changes(logs=(line("after"),)))
    with filled.read() as tx:
        assert [read.message for read in logs.read_many(tx, {})] == ["before", "after"]
        assert task_runs.count(tx, {}) == 1


def test_a_stale_step_stays_undone_even_if_its_caller_goes_on(filled: Store) -> None:
    before = counts(filled)
    with filled.step() as tx, pytest.raises(StaleFacts):
        hot.apply(tx, Changes(logs=(line(),), task_runs=(replace(TASK, name="another"),)))
    assert counts(filled) == before


@pytest.mark.parametrize("round_number", range(5))
def test_of_two_who_move_one_run_at_once_one_is_stale(filled: Store, round_number: int) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def propose(kind: str) -> None:
        ready.wait()
        try:
            apply(filled, moved(RUN, state(kind, 1)))
            outcomes.append("written")
        except StaleFacts as stale:
            outcomes.append(stale.fence)

    threads = [threading.Thread(target=propose, args=(kind,)) for kind in ("RUNNING", "CANCELLING")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["flow_runs", "written"]


def test_drainers_of_one_journal_at_once_store_each_line_once(filled: Store) -> None:
    stale: list[str] = []

    def drain() -> None:
        for position in range(20):
            cursor = (10 + position, 20 + position)
            try:
                apply(
                    filled,
                    line(f"{position}", journal_id=OWNER, position=position),
                    journal=journal(cursor[0] + 1, cursor[1] + 1, known_at=cursor, id=OWNER),
                )
            except StaleFacts as exc:
                stale.append(exc.fence)

    threads = [threading.Thread(target=drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with filled.read() as tx:
        assert sorted(int(read.message) for read in logs.read_many(tx, {})) == list(range(20))
    assert set(stale) == {"journals"}


REFUSED: list[tuple[str, FlowRunRow | TaskRunRow | LogRow]] = [
    ("a number beyond 64 bits", task_run(start_at=2**70)),
    ("half a surrogate pair", line("\ud800")),
    ("a missing name", task_run(name=None)),
    ("bytes that are no text", flow_run(parameters=b"\xff")),
    ("parameters that are no JSON", flow_run(parameters=b"{")),
    ("a result that is no JSON", flow_run(state(data=b"{"))),
]
REFUSED_NUL: list[tuple[str, FlowRunRow | TaskRunRow | LogRow]] = [
    ("a line", line("a\0b")),
    ("a task run's name", task_run(name="a\0b")),
    ("a tag", task_run(tags=("a\0b",))),
    ("a flow run's name", flow_run(name="a\0b")),
    ("a parameter", flow_run(parameters=b'{"x": "\\u0000"}')),
]


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in REFUSED])
def test_a_row_that_no_database_can_take_is_refused(filled: Store, row: FlowRunRow | TaskRunRow | LogRow) -> None:
    before = counts(filled)
    with pytest.raises(RowRefused):
        apply(filled, task_run(), row, line())
    assert counts(filled) == before
    apply(filled, line())


@pytest.mark.parametrize("row", [pytest.param(row, id=name) for name, row in REFUSED_NUL])
def test_a_nul_is_refused_where_the_database_says_so(filled: Store, row: FlowRunRow | TaskRunRow | LogRow) -> None:
    before = counts(filled)
    if filled.dialect.rejects_nul:
        with pytest.raises(RowRefused):
            apply(filled, row, line())
        assert counts(filled) == before
    else:
        apply(filled, row, line())
        assert counts(filled) != before


def test_a_flow_of_two_ids_keeps_the_first(store: Store) -> None:
    first, second = FlowRow(new_id(), "hello", AT), FlowRow(new_id(), "hello", AT)
    apply(store, first, second)
    with store.read() as tx:
        assert hot.known_flow_ids(tx, ["hello"]) == {"hello": first.id}
