"""The run at hand as an object, in a flow, its task, a thread, and outside."""

from concurrent.futures import ThreadPoolExecutor

from prefect import flow, tags, task
from prefect.context import (
    EngineContext,
    FlowRunContext,
    TagsContext,
    TaskRunContext,
    get_run_context,
    with_context,
)
from prefect.exceptions import MissingContextError


@task(name="Look", tags=["own"])
def look(depth: int) -> int:
    context = get_run_context()
    print(type(context).__name__, context.task.name, context.parameters, sorted(context.task_run.tags))
    print(context.task_run.run_count, context.task_run.state.name, context.task_run.name.startswith("Look-"))
    print(context.task_run.flow_run_id == FlowRunContext.get().flow_run.id, context.log_prints, context.persist_result)
    return depth


def in_thread() -> tuple:
    try:
        return (type(get_run_context()).__name__, FlowRunContext.get().flow_run.run_count)
    except MissingContextError as error:
        return (type(error).__name__,)


@flow(name="Outer")
def outer(depth: int = 3) -> None:
    context = FlowRunContext.get()
    print(type(context) is EngineContext, context.flow.name, context.parameters, context.flow_run.tags)
    print(context.flow_run.state.name, context.flow_run.run_count, context.flow_run.parameters, context.detached)
    print(TaskRunContext.get(), context.flow is outer, context.start_time.tzinfo is not None)
    with tags("a", "b") as current:
        print(sorted(current), sorted(TagsContext.get().current_tags))
        look(depth)
    print(TagsContext.get().current_tags)
    with ThreadPoolExecutor(1) as pool:
        print(pool.submit(in_thread).result(), pool.submit(with_context(in_thread)).result())


if __name__ == "__main__":
    print(FlowRunContext.get(), TaskRunContext.get(), TagsContext.get().current_tags, in_thread())
    outer()
