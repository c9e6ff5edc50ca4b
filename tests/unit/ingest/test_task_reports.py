"""Task runs from reports: the order of arrival, and how often a report comes, change nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from headrace._kernel.ids import new_id
from headrace._records import StateRecord
from headrace.server.store.changes import TaskRunRow
from headrace.server.store.facts import TaskRunFacts
from headrace.server.usecases.task_reports import merged_history, merged_row, new_rows
from tests.support.journals import created
from tests.support.runs import JOURNAL, OTHER_JOURNAL, presumed_crash, state

RUN, TASK, OTHER_TASK = new_id(), new_id(), new_id()
PENDING, RUNNING, COMPLETED = state("PENDING", 3), state("RUNNING", 4, ordinal=1), state("COMPLETED", 8, ordinal=2)
NOW = 100


def stored(row: TaskRunRow) -> TaskRunFacts:
    """What the store answers of a row that it was given."""
    fields = asdict(row)
    return TaskRunFacts(**{name: fields[name] for name in TaskRunFacts.__struct_fields__})


def row_of(*states: StateRecord, journal_id: bytes = JOURNAL) -> TaskRunRow:
    (row,) = new_rows({TASK: list(states)}, {TASK: created(TASK, RUN)}, journal_id, NOW)
    return row


states_of_a_run = st.lists(
    st.builds(
        lambda attempt, ordinal, kind, at: state(kind, at, attempt=attempt, ordinal=ordinal),
        st.integers(1, 3),
        st.integers(0, 3),
        st.sampled_from(["PENDING", "RUNNING", "COMPLETED", "FAILED", "SCHEDULED", "CRASHED"]),
        st.integers(0, 50),
    ),
    min_size=1,
    max_size=8,
)


def test_a_task_run_that_begins_and_ends_in_a_batch_is_one_row() -> None:
    row = row_of(PENDING, RUNNING, COMPLETED)
    assert row.history == (PENDING, RUNNING, COMPLETED)
    assert row.state == COMPLETED
    assert (row.created_at, row.run_count, row.start_at, row.end_at, row.running_us) == (3, 1, 4, 8, 4)
    assert (row.name, row.task_key, row.flow_run_id, row.journal_id) == ("task-0", "task-key", RUN, JOURNAL)
    assert (row.revision, row.expected_revision) == (1, None)


@settings(deadline=None)
@given(states_of_a_run)
def test_the_short_way_for_new_runs_ends_where_the_long_one_does(states: list[StateRecord]) -> None:
    creation = created(TASK, RUN)
    for told in (states, [PENDING, RUNNING, *states][:3], [PENDING, RUNNING, COMPLETED]):
        assert new_rows({TASK: told}, {TASK: creation}, JOURNAL, NOW) == [
            merged_row(TASK, None, creation, told, JOURNAL, NOW)
        ]


def test_a_run_that_is_not_over_is_merged_with_what_follows() -> None:
    first = stored(row_of(PENDING, RUNNING))
    row = merged_row(TASK, first, None, [COMPLETED], JOURNAL, NOW)
    assert row is not None
    assert (row.history, row.state) == ((PENDING, RUNNING, COMPLETED), COMPLETED)
    assert (row.revision, row.expected_revision) == (2, 1)
    assert (row.name, row.flow_run_id, row.start_at, row.end_at, row.running_us) == ("task-0", RUN, 4, 8, 4)


def test_a_report_told_twice_changes_nothing() -> None:
    facts = stored(row_of(PENDING, RUNNING, COMPLETED))
    assert merged_row(TASK, facts, created(TASK, RUN), [PENDING, COMPLETED, COMPLETED], JOURNAL, NOW) is None


def test_a_state_that_comes_before_its_run_is_created_waits_for_its_name() -> None:
    early = merged_row(TASK, None, None, [COMPLETED, RUNNING], OTHER_JOURNAL, NOW)
    assert early is not None
    assert (early.name, early.task_key, early.flow_run_id) == ("", "", None)
    row = merged_row(TASK, stored(early), created(TASK, RUN), [PENDING], JOURNAL, NOW)
    assert row is not None
    assert (row.name, row.flow_run_id, row.state, row.created_at) == ("task-0", RUN, COMPLETED, 3)
    assert row.history == (PENDING, RUNNING, COMPLETED)


def test_the_process_that_reported_the_current_state_is_at_the_run() -> None:
    facts = stored(row_of(PENDING))
    taken_over = merged_row(TASK, facts, None, [RUNNING], OTHER_JOURNAL, NOW)
    assert taken_over is not None
    assert taken_over.journal_id == OTHER_JOURNAL
    late = merged_row(TASK, stored(row_of(PENDING, COMPLETED)), None, [RUNNING], OTHER_JOURNAL, NOW)
    assert late is not None
    assert late.journal_id == JOURNAL


def test_a_reported_state_stands_in_place_of_a_presumed_crash() -> None:
    crash = presumed_crash(9, ordinal=1)
    for history in (merged_history((crash,), [RUNNING]), merged_history((RUNNING,), [crash])):
        assert history == (RUNNING,)


@settings(deadline=None)
@given(states_of_a_run, st.data())
def test_any_order_and_any_repetition_come_to_one_history(states: list[StateRecord], data: st.DataObject) -> None:
    told = data.draw(st.permutations(states)) + data.draw(st.lists(st.sampled_from(states), max_size=4))
    split = data.draw(st.integers(0, len(told)))
    in_two = merged_history(merged_history((), told[:split]), told[split:])
    assert in_two == merged_history((), states)
    keys = [(each.attempt, each.ordinal) for each in in_two]
    assert keys == sorted(set(keys))
