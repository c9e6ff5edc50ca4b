"""Results that many values are identical with (None, booleans, small numbers) against those that are one object."""

from prefect import flow, task


@task
def give(value):
    return value


@task
def take(value, others=None):
    return repr(value)


@flow
def edges() -> None:
    for value in (None, True, 7, 100_000, "a longer text", 2.5, [], {}, b"some bytes"):
        take(give(value))


@flow
def deep() -> None:
    one, two = give([1]), give({"two": [2]})
    take({"key": [one, (two, "plain")]}, others=[one, one])
    take([[[[one]]]])


if __name__ == "__main__":
    edges()
    deep()
