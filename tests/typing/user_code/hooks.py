"""Hooks of flows and tasks as users write them: pyright reads it; nothing runs it."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, assert_type

from headrace import Flow, State, Task, flow, task
from headrace.client.schemas.objects import FlowRun, TaskRun
from headrace.flows import FlowStateHook
from headrace.tasks import StateHookCallable


def told(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> None:
    print(task.name, task_run.name, state.name)


async def awaited(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> int:
    print(flow.name, flow_run.name, state.name)
    return 3


def on_flow(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None: ...


def named(name: str, runnable: Any, run: Any, state: Any) -> None:
    print(name, runnable, run, state)


def too_few(flow: Flow[..., Any], flow_run: FlowRun) -> None:
    print(flow, flow_run)


class Notifier:
    def __call__(self, flow: Any, flow_run: FlowRun, state: State[Any]) -> None:
        self.method(flow, flow_run, state)

    def method(self, flow: Any, flow_run: FlowRun, state: State[Any]) -> None: ...


@task(on_completion=[told], on_failure=[told, partial(named, "task")], on_running=(told,))
def half(number: int) -> float:
    return number / 2


@flow(
    on_completion=[awaited, lambda flow, flow_run, state: print(state)],
    on_failure=[Notifier(), Notifier().method],
    on_cancellation=[awaited],
    on_crashed=None,
    on_running=[print],
)
def pipeline(number: int) -> float:
    return half(number)


@half.on_failure
def on_failure(task: Task[..., Any], task_run: TaskRun, state: State[Any]) -> str:
    return str(state.message)


@pipeline.on_cancellation
@pipeline.on_crashed
async def on_crashed(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> bool:
    return state.is_crashed()


async def outside(run: TaskRun, flow_run: FlowRun, state: State[Any]) -> None:
    assert_type(half.on_completion(told)(half, task_run=run, state=state), None)
    assert_type(on_failure(half, run, state), str)
    assert_type(await on_crashed(pipeline, flow_run, state), bool)
    assert_type(half(3), float)
    assert_type(half.with_options(on_completion=[told], on_running=[])(3), float)
    assert_type(pipeline.with_options(on_crashed=[awaited])(3), float)
    for_flows: list[FlowStateHook[..., Any]] = [on_flow]
    for_tasks: list[StateHookCallable] = [told]
    flow(on_completion=for_flows)
    task(on_completion=for_tasks)
    hooks: list[Callable[..., Any]] = [told, awaited]
    waits: list[Callable[[Any, Any, Any], Awaitable[Any]]] = [awaited]
    flow(on_completion=hooks, on_failure=waits)


flow(on_completion=[too_few])  # pyright: ignore[reportArgumentType]
flow(on_completion=too_few)  # pyright: ignore[reportArgumentType]
half.on_running(too_few)  # pyright: ignore[reportArgumentType]
half.on_crashed(told)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
