"""Decoding a batch: everything that can be read is, and what cannot is named."""

import msgspec
import pytest
from msgspec.structs import replace

from headrace._kernel.ids import new_id
from headrace._records import StateRecord, encode
from headrace.server.usecases.decoding import decoded_logs, decoded_states
from headrace.server.usecases.nul import holds_nul, may_hold_nul
from headrace.server.usecases.shapes import Report
from tests.support.journals import Teller, begun, concluded, created, line, task_moved

RUN, TASK = new_id(), new_id()


def test_a_series_comes_out_as_it_was_told() -> None:
    told = (begun(RUN), created(TASK, RUN), task_moved(TASK, "RUNNING", 4, 1), concluded(RUN))
    batch = Teller().batch(*told, logs=[line(RUN)])
    assert list(decoded_states(batch.states, rejects_nul=False).records) == list(told)
    assert list(decoded_logs(batch.logs, rejects_nul=False).records) == [line(RUN)]


def test_an_empty_series_holds_nothing() -> None:
    assert list(decoded_states(Teller().batch().states, rejects_nul=True).records) == []


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc1 garbage", id="garbage"),
        pytest.param(encode(line(RUN)), id="a line"),
        pytest.param(msgspec.msgpack.encode([99, RUN]), id="of a later version"),
        pytest.param(encode(created(TASK, RUN))[:-3], id="cut off"),
        pytest.param(encode(created(TASK, RUN)) + encode(concluded(RUN)), id="two"),
    ],
)
def test_a_record_that_cannot_be_read_is_refused_alone(payload: bytes) -> None:
    batch = Teller().batch(begun(RUN), payload, concluded(RUN))
    decoded = decoded_states(batch.states, rejects_nul=False)
    assert [type(record).__name__ for record in decoded.records] == ["FlowRunBegun", "FlowRunConcluded"]
    assert list(decoded.positions) == [0, 20]
    (refused,) = decoded.refused
    assert (refused.series, refused.position, refused.payload, refused.record) == ("states", 10, payload, None)


def test_fields_that_a_later_version_added_are_ignored() -> None:
    state = msgspec.to_builtins(StateRecord(1, 0, "PENDING", "Pending", 1))
    payload = msgspec.msgpack.encode([5, TASK, [*state, "new"], "newer"])
    decoded = decoded_states(Teller().batch(payload).states, rejects_nul=False)
    assert [record.run_id for record in decoded.records] == [TASK]


NUL = "a\0b"


@pytest.mark.parametrize(
    "record",
    [
        begun(RUN, name=NUL),
        begun(RUN, tags=("fine", NUL)),
        begun(RUN, parameters=rb'{"x": ["a\u0000b"]}'),
        created(TASK, RUN, task_key=NUL),
        created(TASK, RUN, inputs=((NUL, ()),)),
        task_moved(TASK, "FAILED", 4, 1, message=NUL),
        task_moved(TASK, "FAILED", 4, 1, details={"inner": {"x": [1, NUL]}}),
        task_moved(TASK, "FAILED", 4, 1, details={NUL: 1}),
        task_moved(TASK, "COMPLETED", 4, 1, data=rb'"\u0000"'),
    ],
)
def test_a_nul_is_refused_where_the_database_rejects_it_and_only_there(record: msgspec.Struct) -> None:
    states = Teller().batch(concluded(RUN), record).states  # type: ignore[arg-type]
    assert len(decoded_states(states, rejects_nul=False).records) == 2
    decoded = decoded_states(states, rejects_nul=True)
    assert len(decoded.records) == 1
    (refused,) = decoded.refused
    assert (refused.position, refused.record) == (10, record)


@pytest.mark.parametrize(
    "record",
    [
        begun(b"\0" * 16, at=0),
        begun(RUN, name="a backslash and \\u0000"),
        begun(RUN, parameters=rb'{"x": "\\u0000"}'),
        begun(RUN, parameters=rb"{no JSON \u0000"),
    ],
)
def test_what_only_looks_like_a_nul_is_stored(record: msgspec.Struct) -> None:
    states = Teller().batch(record).states  # type: ignore[arg-type]
    assert len(decoded_states(states, rejects_nul=True).records) == 1


def test_the_cheap_question_about_nuls_is_never_wrong_when_it_says_no() -> None:
    for record in (line(RUN, NUL), line(RUN, "fine")):
        assert may_hold_nul([record], [encode(record)]) or not holds_nul(record)


SHORT_ID = b"short"
OTHER_STATE = StateRecord(1, 3, "HIBERNATING", "Asleep", 5)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (begun(SHORT_ID), "16 bytes"),
        (begun(RUN, parent_task_run_id=SHORT_ID), "16 bytes"),
        (concluded(SHORT_ID), "16 bytes"),
        (created(SHORT_ID, RUN), "16 bytes"),
        (created(TASK, SHORT_ID), "16 bytes"),
        (created(TASK, RUN, inputs=(("x", (TASK, SHORT_ID)),)), "16 bytes"),
        (task_moved(SHORT_ID, "RUNNING", 4, 1), "16 bytes"),
        (concluded(RUN, "HIBERNATING"), "HIBERNATING"),
        (task_moved(TASK, "HIBERNATING", 4, 1), "HIBERNATING"),
        (replace(created(TASK, RUN), state=OTHER_STATE), "HIBERNATING"),
        (replace(begun(RUN), states=(OTHER_STATE,)), "HIBERNATING"),
        (replace(begun(RUN), states=()), "no state"),
    ],
)
def test_a_record_that_nobody_could_read_again_is_refused(record: Report, reason: str) -> None:
    states = Teller().batch(begun(RUN), record, concluded(RUN)).states
    decoded = decoded_states(states, rejects_nul=False)
    assert len(decoded.records) == 2
    (refused,) = decoded.refused
    assert refused.record == record
    assert reason in refused.reason


def test_a_line_with_strange_ids_is_refused() -> None:
    logs = Teller().batch(logs=[line(RUN), line(SHORT_ID), line(RUN, task_run_id=SHORT_ID), line(None)]).logs
    decoded = decoded_logs(logs, rejects_nul=False)
    assert [refused.position for refused in decoded.refused] == [10, 20]
