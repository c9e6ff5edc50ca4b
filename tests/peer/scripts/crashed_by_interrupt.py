"""Ctrl-C, as the interpreter raises it, in a subflow; the script catches it outside."""

from prefect import flow, task


@task
def before() -> list[int]:
    return [1]


@flow
def interrupted(items: list[int]) -> None:
    raise KeyboardInterrupt


@flow
def working() -> None:
    interrupted(before())


if __name__ == "__main__":
    try:
        working()
    except KeyboardInterrupt:
        print("interrupted")
