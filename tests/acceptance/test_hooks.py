"""State hooks of tasks and flows: which are called, when, with what; and that none of them can harm its run."""

import asyncio
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from headrace import allow_failure, flow, get_client, get_run_logger, tags, task
from headrace.client.schemas.objects import FlowRun, TaskRun
from headrace.flows import Flow
from headrace.runtime import flow_run, task_run
from headrace.states import Cancelled, Completed, Failed
from headrace.tasks import Task
from tests.acceptance.faces import Face
from tests.acceptance.hook_calls import FLOW_OPTIONS, TASK_OPTIONS, Calls
from tests.acceptance.stored import Stored


def fail() -> None:
    raise ValueError("no luck")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (lambda: 1, "on_completion: Completed"),
        (fail, "on_failure: Failed"),
        (lambda: Failed(message="by hand"), "on_failure: Failed"),
        (lambda: Completed(name="Skipped"), "on_completion: Skipped"),
        (lambda: [Completed(), Failed()], "on_failure: Failed"),
        (Cancelled, None),
    ],
)
def test_the_hooks_of_the_states_that_a_run_enters_are_called(
    face: Face, calls: Calls, body: Any, expected: str | None
) -> None:
    in_order = ["on_running: Running", *([expected] if expected else [])]
    face.run(face.flow(**calls.of_each_kind(FLOW_OPTIONS))(body), return_state=True)
    assert calls == in_order
    calls.clear()
    face.run(face.task(**calls.of_each_kind(TASK_OPTIONS))(body), return_state=True)
    assert calls == in_order


def test_hooks_are_called_in_the_order_in_which_they_were_given_and_added(face: Face, calls: Calls) -> None:
    for decorated in (face.flow, face.task):
        hooked = decorated(on_completion=[calls.hook("first"), calls.hook("second")])(lambda: None)
        assert hooked.on_completion(third := calls.hook("third")) is third
        face.run(hooked)
        assert calls == ["first: Completed", "second: Completed", "third: Completed"]
        calls.clear()


def test_a_hook_is_given_what_it_is_a_hook_of_its_run_and_the_state_with_the_result(face: Face, stored: Stored) -> None:
    given: list[Any] = []

    def keep(runnable: Any, run: Any, state: Any) -> None:
        given.append((runnable, run, state, state.result(raise_on_failure=False)))

    @face.task(on_completion=[keep], tags=["b"], retries=2)
    def double(number: int) -> int:
        return 2 * number

    @face.flow(on_failure=[keep], retries=1)
    def pipeline(number: int = 4) -> Iterator[Any]:
        yield double(number)
        raise ValueError("no luck")

    with tags("a"), pytest.raises(ValueError, match="no luck"):
        face.run(pipeline)

    (of, run, state, result), (flow_of, flow_run_given, flow_state, error) = given[0], given[-1]
    assert (of, state.name, result, flow_of, flow_state.name, str(error)) == (
        double,
        "Completed",
        8,
        pipeline,
        "Failed",
        "no luck",
    )
    assert isinstance(run, TaskRun)
    assert isinstance(flow_run_given, FlowRun)
    assert_the_same(run, stored.task_runs()[0])
    assert_the_same(flow_run_given, stored.flow_run())
    assert flow_run_given.parameters == {"number": 4}
    assert run.empirical_policy.retries == 2


def assert_the_same(given: TaskRun | FlowRun, kept: TaskRun | FlowRun) -> None:
    """Whether a hook was given what the store tells of the run."""
    fields = (
        "id name tags run_count state_id state_type state_name expected_start_time start_time end_time total_run_time"
    )
    for field in fields.split():
        assert getattr(given, field) == getattr(kept, field), field


def test_hooks_may_be_functions_of_any_kind(face: Face, calls: Calls) -> None:
    async def coroutine(runnable: Any, run: Any, state: Any) -> None:
        await asyncio.sleep(0)
        calls.append("coroutine")

    def named(name: str, runnable: Any, run: Any, state: Any) -> None:
        calls.append(name)

    async def awaited(name: str, runnable: Any, run: Any, state: Any) -> None:
        calls.append(name)

    class Callables:
        def method(self, runnable: Any, run: Any, state: Any) -> None:
            calls.append("method")

        def __call__(self, runnable: Any, run: Any, state: Any) -> None:
            calls.append("object")

    class Awaitables:
        async def __call__(self, runnable: Any, run: Any, state: Any) -> None:
            calls.append("coroutine object")

    hooks = [
        coroutine,
        partial(named, "partial"),
        partial(awaited, "coroutine partial"),
        Callables().method,
        Callables(),
        Awaitables(),
        partial(partial(awaited), "coroutine"),
    ]
    told = ["coroutine", "partial", "coroutine partial", "method", "object", "coroutine object", "coroutine"]
    face.run(face.flow(on_completion=hooks)(lambda: None))
    assert calls == told
    calls.clear()
    face.run(face.task(on_completion=hooks)(lambda: None))
    assert calls == told


def test_a_coroutine_hook_of_a_plain_run_is_awaited_on_a_running_loop_too(calls: Calls) -> None:
    async def hook(runnable: Any, run: Any, state: Any) -> None:
        await asyncio.sleep(0)
        calls.append(f"{state.name} of {flow_run.name}")

    plain = flow(on_completion=[hook], flow_run_name="mine")(lambda: 3)

    async def main() -> int:
        return plain()

    assert asyncio.run(main()) == 3
    assert calls == ["Completed of mine"]


def test_a_hook_that_raises_is_told_of_and_stops_nothing(face: Face, stored: Stored, calls: Calls) -> None:
    def careless(runnable: Any, run: Any, state: Any) -> None:
        raise RuntimeError("careless")

    async def awaited(runnable: Any, run: Any, state: Any) -> None:
        raise RuntimeError("awaited")

    def too_few() -> None: ...

    hooks = [careless, awaited, too_few, calls.hook("last")]
    step = face.task(on_running=hooks, on_completion=hooks)(lambda: 1)

    @face.flow(on_running=hooks, on_completion=hooks)
    def pipeline() -> Iterator[Any]:
        return (yield step())

    assert face.run(pipeline) == 1
    assert calls == ["last: Running", "last: Running", "last: Completed", "last: Completed"]
    run = stored.flow_run()
    for lines in (stored.lines(run), stored.lines(run, stored.task_run())):
        raised = [line for line in lines if line.startswith("Hook 'careless' raised RuntimeError('careless')")]
        assert len(raised) == 2
        assert "Traceback (most recent call last)" in raised[0]
        assert "in careless" in raised[0].splitlines()[-1]
        assert len([line for line in lines if line.startswith("Hook 'awaited' raised")]) == 2
        assert len([line for line in lines if line.startswith("Hook 'too_few' raised TypeError")]) == 2
    assert {run.state_name, stored.task_run().state_name} == {"Completed"}


def test_a_hook_that_raises_the_error_of_its_run_is_told_of_as_well(face: Face, stored: Stored) -> None:
    def raises_it_again(runnable: Any, run: Any, state: Any) -> None:
        state.result()

    with pytest.raises(ValueError, match="no luck"):
        face.run(face.flow(on_failure=[raises_it_again])(fail))
    told = [line for line in stored.lines(stored.flow_run()) if "no luck" in line]
    assert [line.partition(":")[0] for line in told] == [
        "Flow run failed",
        "Finished in state Failed('Flow run encountered an exception",
        "Hook 'raises_it_again' raised ValueError('no luck')\nTraceback (most recent call last)",
    ]


def test_hooks_are_inside_of_their_run(face: Face, stored: Stored) -> None:
    told: list[Any] = []

    def look(runnable: Any, run: Any, state: Any) -> None:
        get_run_logger().info("in the hook of %s", state.name)
        told.append((flow_run.id, flow_run.run_count, task_run.id, task_run.run_count))

    step = face.task(on_running=[look], on_failure=[look])(fail)

    @face.flow(on_running=[look], on_completion=[look], name="outer")
    def outer() -> Iterator[Any]:
        yield step(return_state=True)
        return None

    face.run(outer)
    run, in_step = stored.flow_run(), stored.task_run()
    ids = str(run.id), str(in_step.id)
    assert told == [(ids[0], 1, None, 0), (*ids[:1], 1, ids[1], 1), (*ids[:1], 1, ids[1], 1), (ids[0], 1, None, 0)]
    for lines, names in (
        (stored.lines(run), ["Running", "Completed"]),
        (stored.lines(run, in_step), ["Running", "Failed"]),
    ):
        assert [line for line in lines if "in the hook" in line] == [f"in the hook of {name}" for name in names]
    assert flow_run.id is None


def test_a_state_is_stored_before_its_hooks_are_called(face: Face) -> None:
    told: list[str | None] = []

    def read(runnable: Any, run: Any, state: Any) -> None:
        with get_client(sync_client=True) as client:
            reads = client.read_flow_run if isinstance(run, FlowRun) else client.read_task_run
            told.append(reads(run.id).state_name)

    hooks = {"on_running": [read], "on_completion": [read]}
    step = face.task(**hooks)(lambda: 1)

    @face.flow(**hooks)
    def pipeline() -> Iterator[Any]:
        return (yield step())

    face.run(pipeline)
    assert told == ["Running", "Running", "Completed", "Completed"]


def test_what_a_hook_runs_belongs_to_its_run(face: Face, stored: Stored) -> None:
    notify = task(name="notify")(lambda: 1)
    cleanup = flow(name="cleanup")(lambda: 2)
    sums: list[int] = []
    face.run(face.flow(name="main", on_completion=[lambda *_: sums.append(notify() + cleanup())])(lambda: None))
    assert sums == [3]
    assert {run.name.rpartition("-")[0] for run in stored.task_runs(stored.flow_run("main"))} == {"notify", "cleanup"}
    assert stored.flow_run("main").state_name == "Completed"


def test_an_attempt_calls_the_hooks_of_running_and_the_last_one_alone_those_of_the_end(
    face: Face, calls: Calls
) -> None:
    counts: list[int] = []
    options: dict[str, Any] = {"retries": 2, "on_running": [lambda _, run, __: counts.append(run.run_count)]}

    def flaky() -> str:
        calls.append("attempt")
        if calls.count("attempt") < 3:
            raise ValueError("again")
        return "done"

    for decorated, kinds in ((face.task, TASK_OPTIONS), (face.flow, FLOW_OPTIONS)):
        hooked = decorated(**options)(flaky)
        for kind in kinds:
            getattr(hooked, kind)(calls.hook(kind))
        assert face.run(hooked) == "done"
        again = "Retrying" if decorated == face.task else "Running"
        assert calls == [
            *("on_running: Running", "attempt"),
            *(f"on_running: {again}", "attempt"),
            *(f"on_running: {again}", "attempt", "on_completion: Completed"),
        ]
        assert counts == [1, 2, 3]
        calls.clear()
        counts.clear()


def test_a_result_of_an_earlier_attempt_completes_the_task_run(face: Face, calls: Calls) -> None:
    step = face.task(**calls.of_each_kind(TASK_OPTIONS))(lambda: 1)

    @face.flow(retries=1)
    def pipeline() -> Iterator[Any]:
        yield step()
        if flow_run.run_count == 1:
            raise ValueError("again")

    face.run(pipeline)
    assert calls == ["on_running: Running", "on_completion: Completed", "on_completion: Cached"]


def test_a_run_that_is_refused_has_failed(face: Face, calls: Calls) -> None:
    counts: list[int] = []
    hooks = calls.of_each_kind(FLOW_OPTIONS) | {"on_failure": [lambda _, run, __: counts.append(run.run_count)]}

    def typed(number: int) -> None: ...

    face.run(face.flow(**hooks)(typed), "many", return_state=True)
    face.run(face.flow(**hooks, flow_run_name="{unknown}")(lambda: None), return_state=True)
    del hooks["on_crashed"], hooks["on_cancellation"]
    face.run(face.task(**hooks, task_run_name="{unknown}")(lambda: None), return_state=True)
    assert counts == [0, 0, 0]
    assert calls == []


def test_a_run_that_may_not_start_calls_no_hook(face: Face, calls: Calls) -> None:
    bad = face.task(fail)
    told = calls.of_each_kind(TASK_OPTIONS)

    @face.flow
    def pipeline() -> Iterator[Any]:
        state = yield bad(return_state=True)
        yield face.task(**told)(lambda error: 1)(state, return_state=True)
        yield face.task(**told)(lambda error: 2)(allow_failure(state))

    face.run(pipeline)
    assert calls == ["on_running: Running", "on_completion: Completed"]


def test_subflows_call_theirs_inside_of_their_parent(face: Face, calls: Calls) -> None:
    inner = face.flow(name="inner", **calls.of_each_kind(FLOW_OPTIONS))(lambda: 1)

    @face.flow(on_completion=[calls.hook("outer")])
    def outer() -> Iterator[Any]:
        yield inner()
        calls.append(f"in the flow {flow_run.flow_name}")

    face.run(outer)
    assert calls == ["on_running: Running", "on_completion: Completed", "in the flow outer", "outer: Completed"]


def test_generators_call_theirs_when_they_begin_and_end(calls: Calls) -> None:
    @task(**calls.of_each_kind(TASK_OPTIONS))
    def items() -> Iterator[int]:
        yield 1
        yield 2

    @flow(**calls.of_each_kind(FLOW_OPTIONS))
    def pipeline() -> Iterator[int]:
        for item in items():
            calls.append(str(item))
            yield item

    assert list(pipeline()) == [1, 2]
    assert calls == [
        *("on_running: Running", "on_running: Running", "1", "2"),
        *("on_completion: Completed", "on_completion: Completed"),
    ]


def test_methods_share_the_hooks_of_their_function(calls: Calls) -> None:
    class Pipeline:
        @task
        def step(self) -> int:
            return 1

        @flow
        def run(self) -> int:
            return self.step()

    pipeline = Pipeline()
    bound = pipeline.step
    Pipeline.step.on_completion(calls.hook("step"))
    pipeline.run.on_completion(calls.hook("run"))
    assert pipeline.run() + bound() == 2
    assert calls == ["step: Completed", "run: Completed", "step: Completed"]


@pytest.mark.parametrize("kind", [Task, Flow])
def test_a_copy_has_hooks_of_its_own(kind: Any, calls: Calls) -> None:
    first, second = calls.hook("first"), calls.hook("second")
    given = [first]
    made = kind(lambda: None, on_completion=given)
    copy = made.with_options(name="copy", on_failure=(second,))
    copy.on_completion(second)
    assert given == made.on_completion_hooks == [first]
    assert copy.on_completion_hooks == [first, second]
    assert copy.on_failure_hooks == [second]
    assert made.on_failure_hooks == made.on_running_hooks == []
    assert made.with_options(on_completion=None).on_completion_hooks == [first]
    assert made.with_options(on_completion=[]).on_completion_hooks == []


@pytest.mark.parametrize(
    ("kind", "option"),
    [*(("task", option) for option in TASK_OPTIONS), *(("flow", option) for option in FLOW_OPTIONS)],
)
def test_what_is_no_hook_is_refused_when_it_is_given(kind: str, option: str) -> None:
    made: Any = {"task": Task, "flow": Flow}[kind]
    advice = rf"Give a list of functions: @{kind}\({option}=\[first, second\]\)\."
    for given, name in ((print, "builtin_function_or_method"), (3, "int"), ("hook", "str")):
        with pytest.raises(TypeError, match=f"Expected a list of hooks for '{option}'; got {name} instead. {advice}"):
            made(lambda: None, **{option: given})
    with pytest.raises(TypeError, match=f"Expected hooks that can be called in '{option}'; got None instead. {advice}"):
        made(lambda: None, **{option: [print, None]})
    hooked = made(lambda: None)
    with pytest.raises(TypeError, match="Expected a hook that can be called; got 3 instead"):
        getattr(hooked, option)(3)
    assert getattr(hooked, f"{option}_hooks") == []
