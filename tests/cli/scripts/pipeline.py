"""Flows as users write them: one that ends well and calls another, and one that fails in a task."""

from headrace import flow, get_run_logger, task


@task
def add(a: int, b: int) -> int:
    get_run_logger().debug("not shown")
    get_run_logger().info("adding %s", b)
    return a + b


@task
def divide(a: int) -> float:
    return a / 0


@flow
def report(total: int) -> None:
    get_run_logger().warning("the total is %s", total)


@flow
def sums(label: str = "none", n: int = 3) -> int:
    """Adds some numbers."""
    total = 0
    for number in range(n):
        total = add(total, number)
    report(total)
    print("total", total)
    return total


@flow
def fails() -> None:
    add(1, 2)
    divide(3)


if __name__ == "__main__":
    raise AssertionError("the file is imported, not executed")
