"""What runs hold in memory: a result is its caller's, and is released when user code drops it."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from headrace import flow, get_run_logger, task
from tests.acceptance.faces import Face, SyncFace


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    """Without the lines of runs: pytest keeps the record of each, which leads to its run and so to the arguments."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Counted:
    """How many of them there are at this moment."""

    alive: ClassVar[int] = 0

    def __init__(self) -> None:
        Counted.alive += 1

    def __del__(self) -> None:
        Counted.alive -= 1


KINDS = pytest.mark.parametrize(
    "made",
    [Counted, lambda: [Counted()], lambda: (Counted(), b"much"), lambda: {"rows": Counted()}],
    ids=["an object", "a list", "a tuple", "a dict"],
)


@KINDS
def test_a_result_is_released_when_user_code_drops_it(made: Any, face: Face) -> None:
    Counted.alive = 0

    @face.task
    def extract() -> Any:
        return made()

    @face.task
    def load(data: Any) -> int:
        return id(data)

    @face.flow
    def pipeline() -> Any:
        most = 0
        for _ in range(20):
            data = yield extract()
            yield load(data)
            most = max(most, Counted.alive)
        return most

    assert face.run(pipeline) <= 3
    assert Counted.alive <= 1  # The generator of this body may live until it is collected.


@KINDS
def test_the_results_of_a_flow_run_are_released_at_its_end(made: Any, face: Face) -> None:
    Counted.alive = 0

    @face.task
    def extract() -> Any:
        return made()

    @face.flow
    def pipeline() -> Any:
        kept: dict[int, Any] = {}
        for number in range(20):
            kept[number] = yield extract()
        return len(kept)

    assert face.run(pipeline) == 20
    assert Counted.alive == 0


@KINDS
def test_an_argument_is_held_for_no_longer_than_the_call(made: Any) -> None:
    Counted.alive = 0
    face = SyncFace()

    @face.task
    def load(data: Any) -> None:
        get_run_logger().info("loaded")

    @face.flow
    def pipeline() -> int:
        load(made())
        return Counted.alive

    assert pipeline() == 0


def test_a_result_that_a_subflow_returns_is_its_callers(face: Face) -> None:
    Counted.alive = 0

    @face.flow
    def inner() -> Any:
        return [Counted()]

    @face.flow
    def outer() -> Any:
        yield inner()
        yield inner()
        yield inner()
        return Counted.alive

    assert face.run(outer) <= 2
    assert Counted.alive == 0


def test_the_results_of_gathered_tasks_are_released() -> None:
    Counted.alive = 0

    @task
    async def extract() -> Any:
        return [Counted()]

    @flow
    async def pipeline() -> int:
        gathered = await asyncio.gather(*(extract() for _ in range(20)))
        assert Counted.alive == 20
        del gathered
        await asyncio.sleep(0)  # Until here the loop holds what it woke this coroutine with.
        for _ in range(20):
            await extract()
        return Counted.alive

    assert asyncio.run(pipeline()) <= 3
    assert Counted.alive == 0
