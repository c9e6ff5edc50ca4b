"""A flow whose runs and tasks have tags, with a result that goes from task to task."""

from headrace import flow, get_run_logger, tags, task


@task(tags=["slow"])
def fetch(number: int) -> int:
    get_run_logger().info("fetching %s", number)
    return number


@task(name="add up")
def add_up(numbers: list[int]) -> int:
    return sum(numbers)


@flow
def nightly(number: int = 1) -> int:
    return add_up([fetch.submit(number), fetch.submit(number + 1)])


@flow
def tagged() -> None:
    with tags("nightly", "eu"):
        nightly()


@flow
def waits_for_file(path: str) -> None:
    """Says that it runs, and ends once the file is there."""
    from pathlib import Path
    from time import sleep

    get_run_logger().info("first line")
    print("begun", flush=True)
    while not Path(path).exists():
        sleep(0.02)
    get_run_logger().info("last line")
