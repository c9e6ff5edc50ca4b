"""Tasks in tasks, tasks outside of a flow, and the functions themselves."""

from prefect import flow, task


@task
def inner(number: int) -> list[int]:
    return [number]


@task
def outer(number: int) -> int:
    first = inner(number)
    return len(inner(first[0])) + inner.fn(3)[0]


@flow
def main() -> int:
    return outer(1)


if __name__ == "__main__":
    print(inner(5), outer(6))
    print(main())
    print(main.fn.__name__, inner.fn(2))
