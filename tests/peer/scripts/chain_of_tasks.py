"""Synchronous tasks; the result of one goes to the next, alone, in a list and in a dictionary."""

from prefect import flow, task


@task
def extract(source: str) -> list[int]:
    return [len(source), 1000]


@task(name="Double it")
def double(numbers: list[int]) -> list[int]:
    return [number * 2 for number in numbers]


@task
def combine(parts: list[list[int]], named: dict[str, list[int]], factor: int = 1) -> dict[str, int]:
    return {"sum": sum(sum(part) for part in parts) * factor + sum(named["first"])}


@task
def load(report: dict[str, int], unrelated: str) -> str:
    return f"{unrelated}: {report['sum']}"


@flow(name="A chain of tasks")
def pipeline(source: str = "a table") -> str:
    first = extract(source)
    second = double(first)
    third = double(numbers=second)
    report = combine([first, third], named={"first": second}, factor=2)
    return load(report, unrelated="the sum")


if __name__ == "__main__":
    print(pipeline())
