"""Tracebacks lose the frames of Headrace and keep the user's."""

import traceback

from headrace._kernel import drive
from headrace._kernel.steps import Steps, block
from headrace._kernel.tracebacks import strip


def user_code() -> None:
    raise KeyError("missing")


def failing_steps() -> Steps[None]:
    yield from block(user_code)


def test_only_the_users_frames_are_left() -> None:
    try:
        drive.run(failing_steps())
    except KeyError as error:
        names = [frame.name for frame in traceback.extract_tb(strip(error).__traceback__)]
    assert names == ["test_only_the_users_frames_are_left", "failing_steps", "user_code"]


def test_an_error_of_our_own_keeps_its_frames() -> None:
    error = ValueError("never raised")
    assert strip(error).__traceback__ is None
