"""In another process: a task calls tasks; closures, classes and lambdas of the script cross."""

from dataclasses import dataclass

from prefect import flow, task
from prefect.task_runners import ProcessPoolTaskRunner


@dataclass
class Point:
    x: int


@task
def moved(point: Point, by: int = 1) -> Point:
    return Point(point.x + by)


@task
def outer(point: Point) -> Point:
    return moved(moved(point), by=10)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def nesting() -> None:
    factor = 7

    @task
    def scaled(point: Point) -> Point:
        return Point(point.x * factor)

    point = outer.submit(Point(1)).result()
    print(isinstance(point, Point), point)
    print(scaled.submit(Point(point.x)).result())
    print(task(lambda x: x + 1, name="nameless").submit(1).result())


if __name__ == "__main__":
    nesting()
