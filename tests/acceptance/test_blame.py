"""A failure's traceback ends with the run, its arguments and the line of the user's code."""

import json
import pathlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tests.acceptance.faces import Face


def note_of(error: BaseException) -> str:
    (note,) = error.__notes__
    return note


def test_a_task_s_failure_names_task_arguments_and_line(face: Face) -> None:
    @face.task
    def divide(numerator: int, denominator: int = 0) -> float:
        return numerator / denominator

    @face.flow
    def pipeline() -> Any:
        return (yield divide(12))

    with pytest.raises(ZeroDivisionError) as caught:
        face.run(pipeline)
    note = note_of(caught.value)
    assert note.startswith("In task run 'divide-")
    assert "called with numerator=12, denominator=0, at " in note
    assert f"{__file__}, line " in note
    assert note.endswith("in divide")


def test_a_flow_s_own_failure_names_the_flow(face: Face) -> None:
    @face.flow
    def pipeline(days: int = 3) -> Any:
        raise LookupError(days)

    with pytest.raises(LookupError) as caught:
        face.run(pipeline)
    assert "of flow 'pipeline', called with days=3, at " in note_of(caught.value)


def test_the_line_is_the_user_s_though_a_library_raised(face: Face) -> None:
    @face.task
    def parse(text: str) -> Any:
        return json.loads(text)

    @face.flow
    def pipeline() -> Any:
        return (yield parse("{"))

    with pytest.raises(json.JSONDecodeError) as caught:
        face.run(pipeline)
    assert note_of(caught.value).endswith("in parse")


class PosixPath:
    """Named as one of the library's, and the user's all the same."""


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2016, 1, 1), "datetime.date(2016, 1, 1)"),
        (pathlib.PosixPath("data/wheat.csv"), "PosixPath('data/wheat.csv')"),
        (Decimal("1.50"), "Decimal('1.50')"),
        (UUID(int=7), "UUID('00000000-0000-0000-0000-000000000007')"),
        ([timedelta(days=1)], "[datetime.timedelta(days=1)]"),
        (PosixPath(), "<PosixPath>"),
    ],
)
def test_which_day_file_or_record_it_was_is_told(face: Face, value: Any, shown: str) -> None:
    @face.task
    def load(what: Any) -> None:
        raise LookupError("nothing there")

    @face.flow
    def pipeline() -> Any:
        return (yield load(value))

    with pytest.raises(LookupError) as caught:
        face.run(pipeline)
    assert f"called with what={shown}, at " in note_of(caught.value)


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("nobody may look")


def test_secrets_are_masked_and_objects_shown_by_their_type(face: Face) -> None:
    @face.task
    def connect(password: str, api_key: str, to: Any, many: list[int], text: str) -> None:
        raise ConnectionError

    @face.flow
    def pipeline() -> Any:
        yield connect("hunter2", "k-123", Unshowable(), list(range(100)), "x" * 500)

    with pytest.raises(ConnectionError) as caught:
        face.run(pipeline)
    note = note_of(caught.value)
    assert "password=***, api_key=***, to=<Unshowable>, many=[0, 1, 2, ...], text='xxx" in note
    assert "hunter2" not in note
    assert len(note) < 500


def test_an_error_that_passes_several_runs_is_blamed_on_the_innermost(face: Face) -> None:
    @face.task
    def fail() -> None:
        raise ValueError("no")

    @face.flow
    def inner() -> Any:
        yield fail()

    @face.flow
    def outer() -> Any:
        yield inner()

    with pytest.raises(ValueError, match="no") as caught:
        face.run(outer)
    assert note_of(caught.value).startswith("In task run 'fail-")
