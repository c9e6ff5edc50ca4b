"""`headrace.context`: the run at hand as an object, in the code that it runs, its threads, and nowhere else."""

import asyncio
import pickle
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, ClassVar

import pytest

from headrace import get_run_logger, tags
from headrace.context import (
    ContextModel,
    EngineContext,
    FlowRunContext,
    TagsContext,
    TaskRunContext,
    get_run_context,
    hydrated_context,
    serialize_context,
    with_context,
)
from headrace.exceptions import MissingContextError
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


def test_outside_of_a_run_there_is_no_context() -> None:
    assert FlowRunContext.get() is None
    assert TaskRunContext.get() is None
    assert TagsContext.get().current_tags == set()
    with pytest.raises(MissingContextError, match="with_context"):
        get_run_context()


def test_in_a_flow_the_context_is_that_of_its_run(face: Face, stored: Stored) -> None:
    @face.flow
    def look(number: int) -> Any:
        assert TaskRunContext.get() is None
        return get_run_context()

    context = face.run(look, "3")
    run = stored.flow_run()
    assert isinstance(context, EngineContext)
    assert context.flow is look
    assert context.parameters == {"number": 3}
    assert context.flow_run is not None
    for field in ("id", "flow_id", "name", "parameters", "tags", "run_count", "expected_start_time"):
        assert getattr(context.flow_run, field) == getattr(run, field), field
    assert context.flow_run.state_name == "Running"
    assert FlowRunContext.get() is None


def test_in_a_task_there_are_both(face: Face, stored: Stored) -> None:
    @face.task(tags=["own"])
    def look(number: int) -> Any:
        return get_run_context(), FlowRunContext.get()

    @face.flow
    def ask() -> Any:
        with tags("outer"):
            return (yield look(3))

    of_task, of_flow = face.run(ask)
    run = stored.task_run()
    assert of_task.task is look
    assert of_task.parameters == {"number": 3}
    for field in ("id", "flow_run_id", "name", "tags", "run_count", "task_key"):
        assert getattr(of_task.task_run, field) == getattr(run, field), field
    assert of_flow.flow_run.id == run.flow_run_id
    assert abs((of_task.start_time - run.expected_start_time).total_seconds()) < 1


def test_a_thread_of_the_user_belongs_to_the_run_that_it_is_given(face: Face, stored: Stored) -> None:
    def work(word: str) -> str:
        get_run_logger().info(word)
        return get_run_context().flow_run.name  # type: ignore[union-attr]

    @face.flow
    def hand_out() -> list[str]:
        context = FlowRunContext.get()
        assert context is not None

        def entered() -> str:
            with context.model_copy():
                return work("entered")

        with ThreadPoolExecutor(1) as pool:
            names = [pool.submit(entered).result(), pool.submit(with_context(work), "wrapped").result()]
            with pytest.raises(MissingContextError):
                pool.submit(work, "lost").result()
        return names

    names = face.run(hand_out)
    assert names == [stored.flow_run().name] * 2
    assert {"entered", "wrapped"} <= set(stored.lines(stored.flow_run()))


def test_a_wrapped_coroutine_function_runs_in_the_context_in_which_it_was_wrapped(face: Face, stored: Stored) -> None:
    async def work() -> Any:
        await asyncio.sleep(0)
        return get_run_context().flow_run.id  # type: ignore[union-attr]

    @face.flow
    def hand_out() -> Any:
        return with_context(work)

    wrapped = face.run(hand_out)
    assert asyncio.run(wrapped()) == stored.flow_run().id


def test_a_context_in_another_process_is_an_image_of_the_run(face: Face, stored: Stored) -> None:
    @face.flow
    def write_down() -> Any:
        with tags("carried"):
            return {**serialize_context(), "flow": None}

    serialized = face.run(write_down)
    # What another process reads: the run's own frame is not there.
    of_flow = serialized["flow_run_context"]
    serialized["flow_run_context"] = {**pickle.loads(pickle.dumps({**of_flow, "flow": None})), "flow": write_down}
    with hydrated_context(serialized):
        context = FlowRunContext.get()
        assert context is not None
        assert context.flow_run is not None
        assert context.flow_run.id == stored.flow_run().id
        assert TagsContext.get().current_tags == {"carried"}
    assert FlowRunContext.get() is None
    assert TagsContext.get().current_tags == set()


def test_users_make_contexts_of_their_own() -> None:
    class Mine(ContextModel):
        __var__: ClassVar[ContextVar[Any]] = ContextVar("mine")
        number: int

    assert Mine.get() is None
    with Mine(number=1) as mine:
        assert Mine.get() is mine
        with mine.model_copy(update={"number": 2}) as copy:
            assert Mine.get() is copy
        with pytest.raises(RuntimeError, match="model_copy"), mine:
            pass
        assert mine.serialize() == {"number": 1}
    assert Mine.get() is None
