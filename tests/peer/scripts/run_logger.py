"""Lines logged in a flow and in a task, with arguments, at several levels, one with a traceback."""

from prefect import flow, get_run_logger, task


@task
def count(items: list[int]) -> int:
    logger = get_run_logger()
    logger.debug("never seen at the default level")
    logger.info("counting %d items", len(items))
    logger.warning("%s is %s", "this", {"a": 1}["a"])
    return len(items)


@flow(name="Talkative")
def talk() -> None:
    logger = get_run_logger()
    logger.info("héllo ✓")
    count([1, 2, 3])
    logger.error("two\nlines")
    try:
        raise LookupError("lost")
    except LookupError:
        logger.exception("caught")


if __name__ == "__main__":
    talk()
    try:
        get_run_logger()
    except Exception as error:
        print(f"outside: {type(error).__name__}")
