"""Tracebacks: the user's frames as they are, and one of ours, for the outermost call alone."""

import traceback
from pathlib import Path
from typing import Any

import pytest

import headrace
from tests.acceptance.faces import Face

PACKAGE = str(Path(headrace.__file__).parent)
FACES_FILE = "faces.py"


def frames_of(error: BaseException) -> list[str]:
    """The functions of a traceback from the first frame of ours on; ours by the file's name."""
    frames = traceback.extract_tb(error.__traceback__)
    names = [
        f"({Path(frame.filename).name})" if frame.filename.startswith(PACKAGE) else frame.name
        for frame in frames
        if not frame.filename.endswith(FACES_FILE)
    ]
    first = next(index for index, name in enumerate(names) if name.startswith("("))
    return names[first:]


def test_a_task_in_a_flow(face: Face) -> None:
    @face.task
    def divide() -> float:
        return deeper()

    def deeper() -> float:
        return 1 / 0

    @face.flow
    def pipeline() -> Any:
        return (yield divide())

    with pytest.raises(ZeroDivisionError) as caught:
        face.run(pipeline)
    assert frames_of(caught.value) == ["(runnable.py)", "pipeline", "divide", "deeper"]


def test_a_task_in_a_subflow_in_a_flow(face: Face) -> None:
    @face.task
    def divide() -> float:
        return 1 / 0

    @face.flow
    def child() -> Any:
        return (yield divide())

    @face.flow
    def parent() -> Any:
        return (yield child())

    with pytest.raises(ZeroDivisionError) as caught:
        face.run(parent)
    assert frames_of(caught.value) == ["(runnable.py)", "parent", "child", "divide"]


def test_a_task_alone(face: Face) -> None:
    @face.task
    def divide() -> float:
        return 1 / 0

    with pytest.raises(ZeroDivisionError) as caught:
        face.run(divide)
    assert frames_of(caught.value) == ["(runnable.py)", "divide"]


def test_an_error_that_is_handled_and_raised_on(face: Face) -> None:
    @face.task
    def divide() -> float:
        return 1 / 0

    @face.flow
    def pipeline() -> Any:
        try:
            yield divide()
        except ZeroDivisionError as error:
            raise ValueError("no average") from error

    with pytest.raises(ValueError, match="no average") as caught:
        face.run(pipeline)
    assert frames_of(caught.value) == ["(runnable.py)", "pipeline"]
    cause = caught.value.__cause__
    assert isinstance(cause, ZeroDivisionError)
    assert frames_of(cause) == ["(runnable.py)", "divide"]
    assert cause.__context__ is None


def test_an_error_asked_of_a_state(face: Face) -> None:
    @face.flow
    def divide() -> float:
        return 1 / 0

    state = face.run(divide, return_state=True)
    with pytest.raises(ZeroDivisionError) as caught:
        state.result()
    assert frames_of(caught.value)[-1] == "divide"


def test_an_error_that_names_its_cause_keeps_it(face: Face) -> None:
    @face.task
    def parse() -> int:
        try:
            return int("many")
        except ValueError as error:
            raise LookupError("no number") from error

    @face.flow
    def pipeline() -> Any:
        yield parse()

    with pytest.raises(LookupError, match="no number") as caught:
        face.run(pipeline)
    assert isinstance(caught.value.__cause__, ValueError)
    assert "direct cause" in "".join(traceback.format_exception(caught.value))
