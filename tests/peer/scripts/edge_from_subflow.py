"""The result of a subflow given to a task."""

from prefect import flow, task


@task
def join(words: list[str]) -> str:
    return "-".join(words)


@flow
def shout(word: str) -> list[str]:
    return [word.upper()]


@flow
def parent() -> str:
    return join(shout("a"))


if __name__ == "__main__":
    print(parent())
