"""Retries of tasks and flows: how often, after how long, on what condition, and what a flow's retry does not repeat."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from headrace import task
from headrace.client.schemas.objects import State, TaskRun
from headrace.exceptions import ConfigurationError
from headrace.runtime import flow_run, task_run
from headrace.settings import HEADRACE_TASKS_DEFAULT_RETRIES, temporary_settings
from headrace.states import Failed
from headrace.tasks import Task, exponential_backoff
from tests.acceptance.conftest import StartScript
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored
from tests.support.pauses import noted_pauses


class Fails:
    """Raises so many times, then returns how often it was called."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.calls = 0

    def call(self) -> int:
        self.calls += 1
        if self.calls <= self.times:
            raise ValueError(f"call {self.calls}")
        return self.calls


def test_a_task_is_tried_again_until_it_completes(face: Face, stored: Stored) -> None:
    fails, counts = Fails(2), list[int]()

    @face.task(retries=5, retry_delay_seconds=0.25)
    def flaky() -> int:
        counts.append(task_run.run_count)
        return fails.call()

    with noted_pauses() as pauses:
        assert face.run(flaky) == 3
    assert pauses == [0.25, 0.25]
    assert counts == [1, 2, 3]
    run = stored.task_run()
    assert (run.run_count, run.state_name) == (3, "Completed")
    history = ["Pending", "Running", "AwaitingRetry", "Retrying", "AwaitingRetry", "Retrying", "Completed"]
    assert stored.history(run) == history
    waiting = stored.states(run)[2]
    assert waiting.state_details.scheduled_time is not None
    assert waiting.state_details.scheduled_time - waiting.timestamp == pytest.approx(
        timedelta(seconds=0.25), abs=timedelta(seconds=0.1)
    )


def test_without_a_delay_a_task_is_retrying_at_once_and_fails_when_no_retry_is_left(face: Face, stored: Stored) -> None:
    fails = Fails(9)

    @face.task(retries=2)
    def flaky() -> int:
        return fails.call()

    with noted_pauses() as pauses, pytest.raises(ValueError, match="call 3"):
        face.run(flaky)
    assert pauses == []
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Retrying", "Retrying", "Failed"]


@pytest.mark.parametrize(
    ("delays", "expected"),
    [([1, 2.5], [1, 2.5, 2.5, 2.5]), (exponential_backoff(10), [10, 20, 40, 80]), (lambda retries: [retries], [4] * 4)],
)
def test_delays_are_a_list_whose_last_one_lasts(face: Face, delays: Any, expected: list[float]) -> None:
    task_fails, flow_fails = Fails(4), Fails(4)
    flaky = face.task(retries=4, retry_delay_seconds=delays)(task_fails.call)
    with noted_pauses() as pauses:
        face.run(flaky)
    assert pauses == expected
    with noted_pauses() as pauses:
        face.run(face.flow(retries=4, retry_delay_seconds=delays, name="flaky")(flow_fails.call))
    assert pauses == expected


def test_jitter_makes_a_delay_longer_or_shorter_by_its_factor_at_most(face: Face) -> None:
    fails = Fails(200)
    flaky = face.task(retries=200, retry_delay_seconds=10, retry_jitter_factor=1)(fails.call)
    with noted_pauses() as pauses:
        face.run(flaky)
    assert 5 <= min(pauses) < 7 < 14 < max(pauses) <= 20


def test_more_than_fifty_retries_back_off_as_far_as_the_fiftieth() -> None:
    assert exponential_backoff(1)(3) == [1, 2, 4]
    assert len(exponential_backoff(1)(1000)) == 50


@pytest.mark.parametrize("is_async", [False, True])
def test_a_condition_says_whether_a_failed_task_is_tried_again(face: Face, stored: Stored, is_async: bool) -> None:
    asked: list[tuple[Any, ...]] = []

    def ask(task: Task[..., Any], run: TaskRun, state: State[Any], error: Any) -> bool:
        asked.append((task.name, run.id, run.run_count, state.name, str(error)))
        return run.run_count < 2

    def is_first(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
        return ask(task, run, state, state.result(raise_on_failure=False))

    async def is_first_async(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
        return ask(task, run, state, await state.aresult(raise_on_failure=False))

    fails = Fails(9)
    condition = is_first_async if is_async else is_first
    flaky = face.task(name="flaky", retries=5, retry_condition_fn=condition)(fails.call)
    with pytest.raises(ValueError, match="call 2"):
        face.run(flaky)
    run = stored.task_run()
    assert asked == [("flaky", run.id, 1, "Failed", "call 1"), ("flaky", run.id, 2, "Failed", "call 2")]
    assert stored.history(run) == ["Pending", "Running", "Retrying", "Failed"]


def test_a_condition_that_raises_allows_no_retry(face: Face, stored: Stored) -> None:
    def broken(*args: Any) -> bool:
        raise RuntimeError("the condition is broken")

    fails = Fails(1)
    flaky = face.task(retries=5, retry_condition_fn=broken)(fails.call)
    with pytest.raises(ValueError, match="call 1"):
        face.run(flaky)
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Failed"]


def test_a_state_of_failure_is_tried_again_and_what_is_no_failure_is_not(face: Face, stored: Stored) -> None:
    returned: list[int] = []

    @face.task(name="says so", retries=1)
    def says_so() -> Any:
        returned.append(1)
        return Failed(message="it failed") if len(returned) == 1 else "done"

    @face.task(name="exits", retries=3)
    def exits() -> None:
        raise SystemExit(3)

    assert face.run(says_so) == "done"
    with pytest.raises(SystemExit):
        face.run(exits)
    assert stored.history(stored.task_run("says so")) == ["Pending", "Running", "Retrying", "Completed"]
    assert stored.history(stored.task_run("exits")) == ["Pending", "Running", "Crashed"]


def test_a_flow_is_tried_again_and_its_runs_are_counted(face: Face, stored: Stored) -> None:
    fails, counts = Fails(2), list[int]()

    @face.flow(retries=3, retry_delay_seconds=1.5)
    def flaky() -> int:
        counts.append(flow_run.run_count)
        return fails.call()

    with noted_pauses() as pauses:
        assert face.run(flaky) == 3
    assert (pauses, counts) == ([1.5, 1.5], [1, 2, 3])
    run = stored.flow_run()
    assert run.run_count == 3
    again = ["AwaitingRetry", "Running"]
    assert stored.history(run) == ["Pending", "Running", *again, *again, "Completed"]
    beginnings = [line for line in stored.lines(run) if line.startswith("Beginning ")]
    begun = f"Beginning flow run {run.name!r} for flow 'flaky'"
    assert beginnings == [begun, f"{begun}: retry 1 of 3", f"{begun}: retry 2 of 3"]


def test_a_flow_retry_runs_no_task_again_that_completed(face: Face, stored: Stored) -> None:
    ran, seen = list[Any](), list[Any]()

    @face.task
    def extract(source: str) -> list[int]:
        ran.append(source)
        return [len(ran)]

    @face.task
    def load(rows: list[int]) -> int:
        ran.append(list(rows))
        return len(rows)

    fails = Fails(2)

    @face.flow(retries=2)
    def pipeline() -> Any:
        first = yield extract("a")
        second = yield extract("a")
        first.append(0)
        seen.append((list(first), second, (yield load(first))))
        yield extract(f"only in run {flow_run.run_count}")
        return fails.call()

    assert face.run(pipeline) == 3
    assert ran == ["a", "a", [1, 0], "only in run 1", "only in run 2", "only in run 3"]
    assert seen == [([1, 0], [2], 2)] * 3
    names = [run.state_name for run in stored.task_runs()]
    assert (names.count("Completed"), names.count("Cached")) == (6, 6)
    assert stored.flow_run().state_name == "Completed"


def test_tasks_that_look_alike_are_told_apart_in_a_flow_retry(face: Face) -> None:
    fails = Fails(1)

    def multiplier(factor: int) -> Any:
        return face.task(name="multiply")(lambda number: number * factor)

    @face.flow(retries=1)
    def pipeline(factors: list[int]) -> Any:
        order = factors if flow_run.run_count == 1 else factors[::-1]
        first = yield multiplier(order[0])(10)
        second = yield multiplier(order[1])(10)
        fails.call()
        return [first, second]

    assert face.run(pipeline, [2, 3]) == [30, 20]


def test_arguments_that_cannot_be_told_apart_run_their_task_again(face: Face) -> None:
    ran: list[int] = []

    @face.task
    def apply(function: Any) -> int:
        ran.append(1)
        return function()

    fails = Fails(1)

    @face.flow(retries=1)
    def pipeline() -> Any:
        result = yield apply(lambda: 3)
        fails.call()
        return result

    assert face.run(pipeline) == 3
    assert ran == [1, 1]


def test_subflows_run_again_in_a_flow_retry(face: Face, stored: Stored) -> None:
    fails, ran = Fails(1), list[int]()

    @face.flow(name="child")
    def child() -> None:
        ran.append(1)

    @face.flow(name="parent", retries=1)
    def parent() -> Any:
        yield child()
        fails.call()

    face.run(parent)
    assert ran == [1, 1]
    assert [run.state_name for run in stored.flow_runs()] == ["Completed"] * 3


@pytest.mark.parametrize(
    ("interruption", "reason"),
    [(KeyboardInterrupt(), "Ctrl-C"), (SystemExit(4), "SystemExit: 4"), (asyncio.CancelledError(), "cancelled")],
)
def test_a_run_that_is_interrupted_while_it_waits_is_crashed(
    face: Face, stored: Stored, interruption: BaseException, reason: str
) -> None:
    fails = Fails(9)
    for decorate in (face.task, face.flow):
        flaky = decorate(retries=3, retry_delay_seconds=60, name="flaky")(fails.call)
        with noted_pauses(interruption), pytest.raises(type(interruption)):
            face.run(flaky)
    for run in (stored.task_run(), stored.flow_run()):
        assert stored.history(run) == ["Pending", "Running", "AwaitingRetry", "Crashed"]
        assert run.state is not None
        assert reason in str(run.state.message)


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("kind", ["task", "flow"])
def test_a_signal_ends_the_wait_for_a_retry(start: StartScript, stored: Stored, number: str, kind: str) -> None:
    options = "(retries=1, retry_delay_seconds=1000)"
    process = start(f"""
        import os, signal, threading
        from headrace import flow, task
        from headrace._kernel import clock

        signal.signal(signal.SIGINT, signal.default_int_handler)

        class Interrupted(clock.SystemClock):
            def sleep(self, seconds):
                os.kill(os.getpid(), signal.{number})
                super().sleep(seconds)

        clock.install(Interrupted())

        @task{options if kind == "task" else ""}
        def fail():
            raise ValueError("no")

        @flow{options if kind == "flow" else ""}
        def pipeline():
            fail()

        pipeline()
    """)
    process.communicate(timeout=60)
    assert process.returncode != 0
    run = stored.flow_run()
    assert (run.state_name, number in str(run.state and run.state.message)) == ("Crashed", True)
    assert stored.task_run("fail").state_name == ("Crashed" if kind == "task" else "Failed")


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"retries": 60, "retry_delay_seconds": [1] * 51}, ValueError, "more than 50 retry delays"),
        (
            {"retries": 60, "retry_delay_seconds": lambda retries: [1] * retries},
            ValueError,
            "more than 50 retry delays",
        ),
        ({"retries": 1, "retry_delay_seconds": "soon"}, TypeError, "must be an int, float, list or callable"),
        ({"retries": 1, "retry_delay_seconds": [-1]}, ValueError, "must be >= 0"),
        ({"retries": "often"}, TypeError, "Invalid `retries`"),
        ({"retries": 1, "retry_jitter_factor": -1}, ValueError, "must be >= 0"),
        ({"retries": 1, "retry_condition_fn": 3}, TypeError, "to be callable, got int"),
    ],
)
def test_options_that_cannot_be_used_are_refused(
    face: Face, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        face.task(**options)(lambda: None)


def test_the_settings_say_how_often_what_says_nothing_is_tried_again(start: StartScript) -> None:
    process = start("""
        import os
        os.environ["PREFECT_TASKS_DEFAULT_RETRIES"] = "2"
        os.environ["HEADRACE_TASKS_DEFAULT_RETRY_DELAY_SECONDS"] = "0,0"
        os.environ["HEADRACE_FLOW_DEFAULT_RETRIES"] = "1"
        from headrace import flow, task

        calls = []

        def fail(who):
            calls.append(who)
            raise ValueError(who)

        @flow
        def pipeline():
            for who, options in (("default", {}), ("never", {"retries": 0}), ("once", {"retries": 1})):
                task(**options)(fail)(who, return_state=True)
            raise ValueError("the flow")

        pipeline(return_state=True)
        print({who: calls.count(who) for who in calls}, pipeline.retries, pipeline.with_options(retries=0).retries)
        """)
    printed, shown = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    assert printed == "{'default': 6, 'never': 2, 'once': 4} 1 0\n"


def test_default_retries_are_those_of_where_a_task_is_made(face: Face) -> None:
    calls: list[str] = []

    def fail(who: str) -> None:
        calls.append(who)
        raise ValueError(who)

    outside = face.task(fail)
    with temporary_settings({HEADRACE_TASKS_DEFAULT_RETRIES: 1}):
        inside = face.task(fail)

        @face.flow
        def pipeline() -> Any:
            yield outside("outside", return_state=True)
            yield inside("inside", return_state=True)

        face.run(pipeline)
    assert calls == ["outside", "inside", "inside"]
    copies = inside.with_options(), inside.with_options(retries=None), inside.with_options(retries=0)
    assert [each.retries for each in (outside, inside, *copies)] == [0, 1, 1, 0, 0]


def test_decorating_reads_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_TASKS_DEFAULT_RETRIES", "many")
    made = task(lambda: None)
    with pytest.raises(ConfigurationError, match="HEADRACE_TASKS_DEFAULT_RETRIES"):
        _ = made.retries


def test_explicit_options_ask_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_TASKS_DEFAULT_RETRIES", "many")
    made = task(retries=0)(lambda: None)
    assert (made.retries, made.retry) == (0, None)
