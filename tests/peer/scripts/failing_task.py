"""A task raises, nobody catches it: the flow fails, later tasks never run, the script ends with the traceback."""

from prefect import flow, task


class Spoiled(Exception):
    """What the task finds."""


@task
def prepare() -> list[int]:
    return [1, 2, 3]


@task
def spoil(items: list[int]) -> None:
    raise Spoiled(f"{len(items)} items are spoiled")


@task
def never() -> None:
    print("this is never reached")


@flow
def kitchen() -> None:
    spoil(prepare())
    never()


if __name__ == "__main__":
    kitchen()
