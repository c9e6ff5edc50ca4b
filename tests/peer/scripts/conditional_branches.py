"""Which tasks run depends on what others return; one branch ends the flow early."""

from prefect import flow, task


@task
def measure(level: int) -> int:
    return level * 100


@task
def alarm(value: int) -> str:
    return f"alarm at {value}"


@task
def archive(value: int) -> str:
    return f"archived {value}"


@flow
def watch(level: int) -> str:
    value = measure(level)
    if value < 0:
        return "nothing to do"
    if value > 500:
        return alarm(value)
    return archive(value)


if __name__ == "__main__":
    for level in (-1, 3, 9):
        print(watch(level))
