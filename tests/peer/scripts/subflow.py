"""A flow called in a flow, with the result of a task."""

from prefect import flow, task


@task
def make() -> list[str]:
    return ["a", "b"]


@task
def join(words: list[str]) -> str:
    return "-".join(words)


@flow(name="Shout")
def shout(words: list[str], times: int = 1) -> list[str]:
    return [join([word.upper()]) * times for word in words]


@flow(name="Parent")
def parent() -> str:
    words = make()
    loud = shout(words, times=2)
    return "-".join(loud)


if __name__ == "__main__":
    print(parent())
