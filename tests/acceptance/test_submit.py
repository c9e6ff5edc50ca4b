"""Submitted tasks: futures, what they wait for, and what a flow waits for before it ends."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any

import pytest

from headrace import allow_failure, flow, tags, task
from headrace.exceptions import ParameterBindError, UnfinishedRun
from headrace.futures import HeadraceFuture
from headrace.task_runners import TaskRunner, ThreadPoolTaskRunner
from headrace.utilities.annotations import quote
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored

WAIT = 20  # seconds until a test that hangs fails


def test_a_submitted_task_runs_in_another_thread_and_its_future_has_what_it_returned(
    face: Face, stored: Stored
) -> None:
    @face.task
    def where(x: int) -> tuple[int, int]:
        return x, threading.get_ident()

    @face.flow
    def pipeline() -> Any:
        future = where.submit(7)
        assert isinstance(future, HeadraceFuture)
        return future.result(), str(future.task_run_id), future.state.type.value

    (x, ident), run_id, kind = face.run(pipeline)
    assert x == 7
    assert ident != threading.get_ident()
    assert kind == "COMPLETED"
    run = stored.task_run("where")
    assert str(run.id) == run_id
    assert stored.history(run) == ["Pending", "Running", "Completed"]
    assert run.flow_run_id == stored.flow_run("pipeline").id


@pytest.mark.parametrize(
    "wrap",
    [lambda value: value, lambda value: [value], lambda value: {"a": (value,)}],
    ids="alone list nested".split(),
)
def test_a_future_is_resolved_wherever_it_lies_and_drawn_as_an_edge(
    wrap: Callable[[Any], Any], face: Face, stored: Stored
) -> None:
    @face.task
    def extract() -> int:
        return 7

    @face.task
    def load(data: Any) -> Any:
        return data

    @face.flow
    def pipeline() -> Any:
        submitted = load.submit(wrap(extract.submit())).result()
        called = yield load(wrap(extract.submit()))
        return submitted, called

    assert face.run(pipeline) == (wrap(7), wrap(7))
    made = {run.id for run in stored.task_runs() if run.name.startswith("extract")}
    loads = [run for run in stored.task_runs() if run.name.startswith("load")]
    assert {source for run in loads for source in stored.inputs(run)["data"]} == made


def test_no_thread_waits_for_what_a_task_depends_on() -> None:
    gate = threading.Event()

    @task
    def first() -> bool:
        return gate.wait(WAIT)

    @task
    def after(ok: bool) -> bool:
        return ok

    @task
    def opens() -> None:
        gate.set()

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
    def pipeline() -> Any:
        held = first.submit()
        waiting = [after.submit(held) for _ in range(20)]
        opens.submit().result(timeout=WAIT)
        return [future.result(timeout=WAIT) for future in waiting]

    assert pipeline() == [True] * 20


def test_what_depends_on_a_failure_is_not_ready_and_never_runs(face: Face, stored: Stored) -> None:
    ran: list[Any] = []

    @face.task
    def fails() -> None:
        raise ValueError("no rows")

    @face.task
    def load(data: Any) -> None:
        ran.append(data)

    @face.flow
    def pipeline() -> Any:
        failed = fails.submit()
        skipped = load.submit([failed])
        after = load.submit(1, wait_for=[failed])
        taken = load.submit(allow_failure(failed))
        skipped.wait()
        after.wait()
        taken.wait()
        assert skipped.state.name == after.state.name == "NotReady"
        with pytest.raises(UnfinishedRun):
            skipped.result()
        with pytest.raises(ValueError, match="no rows"):
            failed.result()
        assert isinstance(failed.result(raise_on_failure=False), ValueError)

    face.run(pipeline)
    assert [type(value) for value in ran] == [ValueError]
    assert [stored.history(run)[-1] for run in stored.task_runs()].count("NotReady") == 2
    assert stored.flow_run("pipeline").state_name == "Completed"


def test_a_flow_waits_for_what_it_submitted_before_it_ends(face: Face, stored: Stored) -> None:
    began, gate = threading.Event(), threading.Event()

    @face.task
    def slow() -> None:
        began.set()
        gate.wait(WAIT)

    @face.flow
    def pipeline() -> None:
        slow.submit()
        assert began.wait(WAIT)
        threading.Timer(0.05, gate.set).start()

    face.run(pipeline)
    run = stored.task_run("slow")
    assert run.state_name == "Completed"
    ended = stored.flow_run("pipeline").end_time
    assert ended is not None
    assert run.end_time is not None
    assert run.end_time <= ended


def test_a_flow_that_fails_waits_for_what_it_submitted_too(face: Face, stored: Stored) -> None:
    @face.task
    def one(x: int) -> int:
        return x

    @face.flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def pipeline() -> None:
        for x in range(5):
            one.submit(x)
        raise RuntimeError("the body")

    with pytest.raises(RuntimeError, match="the body"):
        face.run(pipeline)
    assert [run.state_name for run in stored.task_runs()] == ["Completed"] * 5
    assert stored.flow_run("pipeline").state_name == "Failed"


def test_a_flow_that_returns_futures_takes_its_state_from_them(face: Face) -> None:
    @face.task
    def one() -> int:
        return 1

    @face.task
    def fails() -> None:
        raise ValueError("no")

    @face.flow
    def mixed() -> Any:
        return [one.submit(), fails.submit()]

    @face.flow
    def well() -> Any:
        return one.submit()

    @face.flow
    def nested() -> Any:
        return {"a": one.submit()}

    @face.flow
    def forgotten() -> None:
        fails.submit()

    state = face.run(mixed, return_state=True)
    assert (state.name, state.message) == ("Failed", "1/2 states failed.")
    assert face.run(well, return_state=True).message == "All states completed."
    assert face.run(nested)["a"].is_completed()
    assert face.run(forgotten, return_state=True).is_completed()


def test_a_task_of_the_other_kind_can_be_submitted(stored: Stored) -> None:
    @task
    def plain(x: int) -> int:
        return x + 1

    @task
    async def coroutine(x: int) -> int:
        return x + 10

    @flow
    def pipeline() -> int:
        return plain.submit(coroutine.submit(1)).result()

    @flow
    async def asynchronous() -> int:
        return coroutine.submit(plain.submit(1)).result()

    assert pipeline() == 12
    assert asyncio.run(asynchronous()) == 12


def test_a_generator_gives_the_list_of_its_items() -> None:
    @task
    def numbers() -> Any:
        yield 1
        yield 2

    @task
    async def letters() -> Any:
        yield "a"
        yield "b"

    @flow
    def pipeline() -> Any:
        return numbers.submit().result(), letters.submit().result()

    assert pipeline() == ([1, 2], ["a", "b"])


def test_tasks_submit_to_the_runner_of_their_flow(face: Face, stored: Stored) -> None:
    @face.task
    def leaf(x: int) -> int:
        return x

    @face.task
    def parent(x: int) -> int:
        return sum(future.result() for future in [leaf.submit(x), leaf.submit(x)])

    @face.flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def pipeline() -> Any:
        return [future.result() for future in [parent.submit(x) for x in range(3)]]

    assert face.run(pipeline) == [0, 2, 4]
    parents = {run.id for run in stored.task_runs() if run.name.startswith("parent")}
    leaves = [run for run in stored.task_runs() if run.name.startswith("leaf")]
    assert {run.task_inputs["__parents__"][0].id for run in leaves} == parents


def test_a_subflow_in_a_submitted_task_has_a_runner_of_its_own(stored: Stored) -> None:
    @task
    def leaf(x: int) -> int:
        return x

    @flow
    def inner(x: int) -> int:
        return leaf.submit(x).result()

    @task
    def middle(x: int) -> int:
        return inner(x)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=1))
    def pipeline() -> Any:
        return [future.result() for future in [middle.submit(x) for x in range(3)]]

    assert pipeline() == [0, 1, 2]
    assert [run.state_name for run in stored.flow_runs()] == ["Completed"] * 4


def test_tags_and_the_runs_name_come_from_where_it_was_submitted(face: Face, stored: Stored) -> None:
    @face.task(task_run_name="load-{x}")
    def load(x: int) -> int:
        return x

    @face.flow
    def pipeline() -> None:
        with tags("nightly"):
            future = load.submit(3)
        future.wait()

    face.run(pipeline)
    (run,) = stored.task_runs()
    assert (run.name, set(run.tags)) == ("load-3", {"nightly"})


def test_retries_of_submitted_tasks_and_of_their_flow(face: Face, stored: Stored) -> None:
    attempts: list[int] = []

    @face.task(retries=1)
    def flaky(x: int) -> int:
        attempts.append(x)
        if attempts.count(x) == 1:
            raise OSError("not yet")
        return x

    @face.flow(retries=1)
    def pipeline() -> int:
        total = sum(future.result() for future in [flaky.submit(1), flaky.submit(2)])
        if attempts.count(0) == 0:
            attempts.append(0)
            raise OSError("not yet either")
        return total

    assert face.run(pipeline) == 3
    assert sorted(attempts) == [0, 1, 1, 2, 2]
    assert stored.history(stored.flow_run("pipeline")).count("AwaitingRetry") == 1


def test_what_is_quoted_is_not_looked_into(face: Face) -> None:
    @face.task
    def one() -> int:
        return 1

    @face.task
    def kind(x: Any) -> str:
        return type(x).__name__

    @face.flow
    def pipeline() -> str:
        future = one.submit()
        return kind.submit(quote(future)).result()

    assert face.run(pipeline) == "HeadraceConcurrentFuture"


def test_return_state_waits_for_the_run(face: Face) -> None:
    @face.task
    def fails() -> None:
        raise ValueError("no")

    @face.flow
    def pipeline() -> Any:
        return str(fails.submit(return_state=True).message)

    assert face.run(pipeline) == "Task run encountered an exception: ValueError: no"


def test_arguments_that_do_not_fit_are_refused_when_it_is_submitted(face: Face, stored: Stored) -> None:
    @face.task
    def takes(x: int) -> None: ...

    @face.flow
    def pipeline() -> None:
        takes.submit()

    with pytest.raises(ParameterBindError, match="missing a required argument: 'x'"):
        face.run(pipeline)
    assert stored.task_runs() == []


def test_submitting_outside_of_a_flow_says_what_to_do() -> None:
    @task
    def one() -> int:
        return 1

    @task
    def submits() -> int:
        return one.submit().result()

    with pytest.raises(RuntimeError, match="inside of a flow run"):
        one.submit()
    with pytest.raises(RuntimeError, match="inside of a flow run"):
        submits()


def test_a_thread_that_outlives_its_flow_run_cannot_submit_to_it() -> None:
    @task
    def one() -> int:
        return 1

    contexts: list[contextvars.Context] = []

    @flow
    def pipeline() -> None:
        contexts.append(contextvars.copy_context())

    pipeline()
    with pytest.raises(RuntimeError, match="has ended, and takes no more tasks"):
        contexts[0].run(one.submit)


@pytest.mark.parametrize("given", [5, "threads", object], ids=str)
def test_what_is_no_task_runner_is_refused(given: Any) -> None:
    with pytest.raises(TypeError, match="takes a task runner"):

        @flow(task_runner=given)
        def pipeline() -> None: ...


def test_a_runner_of_ones_own_is_entered_and_left_with_each_attempt() -> None:
    told: list[str] = []

    class Telling(ThreadPoolTaskRunner):
        def __enter__(self) -> Any:
            told.append("enter")
            return super().__enter__()

        def __exit__(self, *error: Any) -> None:
            super().__exit__(*error)
            told.append(f"exit {getattr(error[0], '__name__', None)}")

    @task
    def one() -> int:
        return 1

    @flow(task_runner=Telling, retries=1)
    def pipeline() -> int:
        told.append("body")
        if told.count("body") == 1:
            raise OSError("once")
        return one.submit().result()

    assert isinstance(pipeline.task_runner, TaskRunner)
    assert pipeline() == 1
    assert told == ["enter", "body", "exit OSError", "enter", "body", "exit None"]
