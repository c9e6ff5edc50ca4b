"""Loggers of runs that are not at hand, by their objects; loggers disabled; a module's logger within a run."""

from prefect import flow, get_run_logger, task
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import MissingContextError
from prefect.logging import disable_run_logger
from prefect.logging.loggers import PrefectLogAdapter, disable_logger, flow_run_logger, task_run_logger


@task
def work() -> object:
    get_run_logger().info("in the task")
    return TaskRunContext.get().task_run


@flow(flow_run_name="first")
def first() -> None:
    runs.extend((FlowRunContext.get().flow_run, work()))


runs: list = []


@flow(flow_run_name="second")
def second() -> None:
    flow_run, task_run = runs
    of_flow = flow_run_logger(flow_run, first, shift="night")
    of_task = task_run_logger(task_run, work)
    of_flow.info("told of the first flow run, in the second")
    of_task.warning("told of its task run")
    extra = {name: value for name, value in of_flow.extra.items() if not name.endswith("_id")}
    print(extra, {name: value for name, value in of_task.extra.items() if name in ("task_name", "flow_name")})
    print(isinstance(of_flow, PrefectLogAdapter), isinstance(get_run_logger(), PrefectLogAdapter))
    with disable_run_logger():
        get_run_logger().info("silenced")
        of_flow.info("silenced, too")
    with disable_logger("prefect.flow_runs"):
        get_run_logger().error("silenced again")
    get_run_logger().info("told")


if __name__ == "__main__":
    first()
    second()
    flow_run, task_run = runs
    flow_run_logger(flow_run, first).info("told outside of runs")
    flow_run_logger(flow_run_id=flow_run.id).info("told by the id")
    task_run_logger(task_run, work, flow_run, first).info("of the task, outside of runs")
    print(flow_run_logger(flow_run_id=flow_run.id).extra["flow_run_name"])
    try:
        flow_run_logger()
    except ValueError as error:
        print(type(error).__name__)
    with disable_run_logger():
        get_run_logger().info("nowhere")
    try:
        get_run_logger()
    except MissingContextError as error:
        print(type(error).__name__)
    with get_client(sync_client=True) as client:
        print(client.read_flow_run(flow_run.id).name)
