"""Flow runs over the API: made, moved and deleted."""

import msgspec
import pytest
from msgspec.structs import asdict

from headrace._kernel.ids import id_text, new_id, state_id
from headrace.exceptions import ObjectNotFound
from headrace.server.store import hot, states
from headrace.server.store.facts import FlowRunFacts
from headrace.server.store.transactions import Store
from headrace.server.usecases.create_flow import create_flow
from headrace.server.usecases.create_flow_run import NewFlowRun, UnknownFlow, create_flow_run
from headrace.server.usecases.delete_flow_run import delete_flow_run
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.propose_state import Orchestrated, propose_state, state_over_api
from tests.support.journals import Teller, begun, concluded

NOW = 1_800_000_000_000_000
SECOND = 1_000_000


def make(store: Store, kind: str = "PENDING", **fields: object) -> FlowRunFacts:
    flow, _ = create_flow(store, "flow", now=NOW)
    state = state_over_api(kind, None, None, None, None, NOW)
    wanted: dict[str, object] = {"flow_id": flow.id, "name": "able-otter", "state": state, **fields}
    run, _ = create_flow_run(store, msgspec.convert(wanted, NewFlowRun, builtin_types=(bytes,)), now=NOW)
    return run


def read(store: Store, run_id: bytes) -> FlowRunFacts:
    with store.read() as tx:
        return hot.flow_run_facts(tx, (run_id,))[run_id]


def plain(facts: FlowRunFacts) -> dict[str, object]:
    """A run with its JSON as values: jsonb spells it in its own way."""
    json = ("parameters", "labels", "context", "policy")
    return {**asdict(facts), **{name: msgspec.json.decode(getattr(facts, name)) for name in json}}


def propose(store: Store, run: FlowRunFacts, kind: str, later: int = 0, **fields: object) -> Orchestrated:
    return propose_state(store, run.id, kind, now=NOW + later, **fields)  # type: ignore[arg-type]


# --- flows


def test_a_flow_is_made_once_and_stays_as_it_was_made(store: Store) -> None:
    made, is_new = create_flow(store, "etl", now=NOW, tags=("a",), labels=b'{"x":1}')
    known, is_new_again = create_flow(store, "etl", now=NOW + 1, tags=("b",))
    assert (is_new, is_new_again) == (True, False)
    assert known == made
    assert (made.name, made.tags, msgspec.json.decode(made.labels)) == ("etl", ("a",), {"x": 1})


# --- creation


def test_a_run_is_made_in_the_state_that_was_asked_for(store: Store) -> None:
    parent = new_id()
    run = make(
        store,
        parameters=b'{"p":[1]}',
        context=b'{"q":1}',
        policy=b'{"retries":3}',
        tags=("a", "b"),
        parent_task_run_id=parent,
        flow_version="v1",
    )
    assert plain(read(store, run.id)) == plain(run)
    assert run.state is not None
    assert (run.state.type, run.state.name, run.attempt, run.ordinal, run.journal_id) == (
        "PENDING",
        "Pending",
        1,
        0,
        None,
    )
    assert (run.expected_start_at, run.next_scheduled_at, run.run_count) == (NOW, None, 0)
    assert (run.tags, run.parent_task_run_id, run.flow_version) == (("a", "b"), parent, "v1")
    with store.read() as tx:
        assert states.of_flow_run(tx, run.id) == [run.state]


def test_a_run_that_is_made_running_has_started(store: Store) -> None:
    run = make(store, "RUNNING")
    assert (run.run_count, run.start_at) == (1, NOW)


def test_a_scheduled_run_without_a_time_is_due_now(store: Store) -> None:
    run = make(store, "SCHEDULED")
    assert (run.expected_start_at, run.next_scheduled_at) == (NOW, NOW)


def test_a_run_bears_the_labels_of_its_flow_the_flow_s_id_and_its_own(store: Store) -> None:
    flow, _ = create_flow(store, "flow", now=NOW, labels=b'{"a":"1","x":2}')
    run = make(store, labels=b'{"b":"2","x":3}')
    assert msgspec.json.decode(run.labels) == {"a": "1", "x": 3, "b": "2", "prefect.flow.id": id_text(flow.id)}


def test_a_key_makes_one_run_of_each_flow(store: Store) -> None:
    first, second = make(store, idempotency_key="k"), make(store, "RUNNING", idempotency_key="k", name="another")
    assert plain(second) == plain(first)
    other, _ = create_flow(store, "other", now=NOW)
    assert make(store, idempotency_key="k", flow_id=other.id).id != first.id
    assert make(store).id != make(store).id


def test_a_run_of_an_unknown_flow_is_not_made(store: Store) -> None:
    with pytest.raises(UnknownFlow):
        make(store, flow_id=new_id())


# --- states


def test_a_run_goes_through_its_states_over_the_api(store: Store) -> None:
    run = make(store)
    running = propose(store, run, "RUNNING", 2 * SECOND)
    assert (running.status, running.is_written) == ("ACCEPT", True)
    ended = propose(store, run, "COMPLETED", 5 * SECOND, message="done", data=b'{"type":"reference"}')
    assert ended.state is not None
    assert (ended.state.message, ended.state.data) == ("done", b'{"type":"reference"}')
    facts = read(store, run.id)
    assert (facts.run_count, facts.start_at, facts.end_at) == (1, NOW + 2 * SECOND, NOW + 5 * SECOND)
    assert facts.running_us == 3 * SECOND
    assert facts.state_id == state_id(run.id, 1, 2)
    with store.read() as tx:
        assert [state.type for state in states.of_flow_run(tx, run.id)] == ["PENDING", "RUNNING", "COMPLETED"]


def test_a_refused_state_leaves_the_run_as_it_is(store: Store) -> None:
    run = make(store)
    answer = propose(store, run, "PENDING")
    assert (answer.status, answer.is_written, answer.state) == ("ABORT", False, run.state)
    assert answer.reason
    assert plain(read(store, run.id)) == plain(run)


def test_a_run_waits_for_its_time(store: Store) -> None:
    run = make(
        store,
        "SCHEDULED",
        state=state_over_api("SCHEDULED", None, None, {"scheduled_time": "2100-01-01T00:00:00Z"}, None, NOW),
    )
    answer = propose(store, run, "RUNNING")
    assert (answer.status, answer.is_written, answer.state) == ("WAIT", False, run.state)
    assert answer.delay_seconds is not None
    assert answer.delay_seconds > 0


def test_a_failed_run_with_retries_awaits_them_over_the_api(store: Store) -> None:
    run = make(store, policy=b'{"retries":1,"retry_delay":10}')
    for number, expected in enumerate(["AwaitingRetry", "Failed"]):
        propose(store, run, "RUNNING", 20 * number * SECOND)
        answer = propose(store, run, "FAILED", (20 * number + 1) * SECOND, message="boom")
        assert answer.state is not None
        assert (answer.state.name, answer.state.message, answer.is_written) == (expected, "boom", True)
    assert read(store, run.id).run_count == 2


def test_a_run_that_is_over_runs_again_as_a_new_attempt(store: Store) -> None:
    run = make(store)
    for kind in ("RUNNING", "FAILED"):
        propose(store, run, kind)
    again = propose(store, run, "RUNNING", SECOND)
    assert again.state is not None
    assert (again.status, again.state.attempt, again.state.ordinal) == ("ACCEPT", 2, 0)
    assert (read(store, run.id).attempt, read(store, run.id).end_at) == (2, None)


def test_a_crash_that_was_set_over_the_api_is_overruled_by_the_run_s_own_end(store: Store) -> None:
    run = make(store)
    for kind in ("RUNNING", "CRASHED", "COMPLETED"):
        assert propose(store, run, kind).status == "ACCEPT"
    with store.read() as tx:
        assert [state.type for state in states.of_flow_run(tx, run.id)][-2:] == ["CRASHED", "COMPLETED"]


def test_force_passes_over_the_rules(store: Store) -> None:
    run = make(store)
    for kind in ("COMPLETED", "CANCELLED", "SCHEDULED"):
        assert propose(store, run, kind, is_forced=True).status == "ACCEPT"
    assert read(store, run.id).attempt == 2


def test_a_process_whose_run_was_forced_to_run_again_is_stopped(store: Store) -> None:
    teller, run_id = Teller(), new_id()
    ingest(store, teller.batch(begun(run_id)), now=NOW)
    propose_state(store, run_id, "FAILED", now=NOW, is_forced=True)
    propose_state(store, run_id, "SCHEDULED", now=NOW, is_forced=True)
    (verdict,) = ingest(store, teller.batch(concluded(run_id)), now=NOW).verdicts
    assert verdict.status == "ABORT"
    assert read(store, run_id).journal_id is None


def test_a_process_begins_a_run_that_was_made_over_the_api(store: Store) -> None:
    run, teller = make(store, parameters=b'{"x":1}', tags=("a",)), Teller()
    (verdict,) = ingest(store, teller.batch(begun(run.id, NOW + 1)), now=NOW).verdicts
    facts = read(store, run.id)
    assert (verdict.status, verdict.flow_id) == ("ACCEPT", run.flow_id)
    assert (facts.journal_id, facts.tags, facts.state and facts.state.type) == (
        teller.journal.journal_id,
        ("a",),
        "RUNNING",
    )
    assert msgspec.json.decode(facts.parameters) == {"x": 1}


def test_a_state_is_proposed_for_a_run_that_exists(store: Store) -> None:
    with pytest.raises(ObjectNotFound):
        propose_state(store, new_id(), "RUNNING", now=NOW)


# --- deletion


def test_a_deleted_run_is_gone_and_others_stay(store: Store) -> None:
    gone, stays = make(store), make(store)
    delete_flow_run(store, gone.id)
    with store.read() as tx:
        assert set(hot.flow_run_facts(tx, (gone.id, stays.id))) == {stays.id}
        assert states.of_flow_run(tx, gone.id) == []
    with pytest.raises(ObjectNotFound):
        delete_flow_run(store, gone.id)
