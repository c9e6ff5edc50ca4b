"""Names with spaces, underscores, other alphabets; several tasks of one name; a flow named as a task."""

from prefect import flow, task


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
    print(snake_case_name_of_flow(), data.name, snake_case_name_of_flow.name, measure_it.name, snake_case_name.name)
