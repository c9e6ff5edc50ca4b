"""What a generator yields is given to tasks while it is iterated over, and afterwards."""

from prefect import flow, task


@task
def pages(count: int):
    for number in range(count):
        yield [number, number]


@task
def total(page: list[int]) -> int:
    return sum(page)


@flow
def read() -> int:
    seen = [total(page) for page in pages(3)]
    return sum(seen)


if __name__ == "__main__":
    print(read())
