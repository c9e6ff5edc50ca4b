"""Names with spaces, underscores, other alphabets; several tasks of one name; a flow named as a task."""

from prefect import flow, task
from prefect.exceptions import InvalidNameError


@task(name="Größe & Gewicht")
def measure_it(x: int) -> list[int]:
    return [x]


@task
def snake_case_name(x: list[int]) -> list[int]:
    return x * 2


@task(name="snake_case_name")
def other(x: list[int]) -> list[int]:
    return x * 3


@flow(name="データ")
def data() -> int:
    return len(other(snake_case_name(measure_it(1))))


@flow
def snake_case_name_of_flow() -> int:
    return data() + data()


if __name__ == "__main__":
    print(flow(lambda: 7)())
    for name in ("a/b", "50%", "<b>", "this & that", "a-b", ""):
        try:
            print(name, flow(name=name)(lambda: 8).name)
        except InvalidNameError:
            print(name, "is no name for a flow; for a task, it is:", task(name=name)(lambda: 8).name)
    print(snake_case_name_of_flow(), data.name, snake_case_name_of_flow.name, measure_it.name, snake_case_name.name)
