"""What a run's logger knows of its run, its children, and run loggers switched off."""

from prefect import flow, get_run_logger, task
from prefect.exceptions import MissingContextError
from prefect.logging import disable_run_logger, get_logger


@task(name="Work")
def work() -> None:
    logger = get_run_logger(shift="night")
    told = logger.extra
    print([name for name in ("flow_name", "flow_run_id", "flow_run_name", "shift", "task_name") if name in told])
    print(told["task_name"], told["flow_name"], told["shift"], "task_run_id" in told, logger.name[-10:])
    logger.info("from a task", extra={"more": 1})


@flow(name="Pipeline")
def pipeline() -> None:
    logger = get_run_logger()
    print(logger.extra["flow_name"], "task_name" in logger.extra, logger.getChild("part").name[-15:])
    logger.getChild("part").warning("from a child")
    work()
    with disable_run_logger():
        get_run_logger().info("not told")
    logger.info("the end")


if __name__ == "__main__":
    print(get_logger("mine").name[-5:], get_logger("a.b").name[-4:])
    try:
        get_run_logger()
    except MissingContextError as error:
        print(type(error).__name__)
    with disable_run_logger():
        get_run_logger().info("nowhere")
        print(work.fn.__name__)
    pipeline()
