"""One task called many times, by others in turn; results kept, dropped and counted."""

from prefect import flow, task


@task
def number(n: int) -> list[int]:
    return [n]


@task
def add(*lists: list[int]) -> list[int]:
    return [sum(sum(each) for each in lists)]


@flow
def tree(width: int) -> int:
    level = [number(n) for n in range(width)]
    while len(level) > 1:
        level = [add(*level[i : i + 2]) for i in range(0, len(level), 2)]
    return level[0][0]


if __name__ == "__main__":
    print(tree(12))
