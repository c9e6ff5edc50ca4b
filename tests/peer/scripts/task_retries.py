"""Tasks that are tried again: until they complete, and until no retry is left."""

from prefect import flow, task
from prefect.runtime import task_run

calls: dict[str, int] = {}


def fails(name: str, times: int) -> int:
    calls[name] = calls.get(name, 0) + 1
    if calls[name] <= times:
        raise ValueError(f"{name} {calls[name]}")
    return calls[name]


@task(retries=3)
def flaky() -> tuple[int, int]:
    return fails("flaky", 2), task_run.run_count


@task(retries=2, retry_delay_seconds=[0.01, 0.02])
def delayed() -> int:
    return fails("delayed", 1)


@task(retries=1, retry_delay_seconds=lambda retries: [0.01] * retries, retry_jitter_factor=0.5)
def exhausted() -> int:
    return fails("exhausted", 9)


@flow
def pipeline() -> str:
    print(flaky(), delayed())
    try:
        exhausted()
    except ValueError as error:
        print("caught", error)
    return "done"


if __name__ == "__main__":
    print(pipeline())
    print(calls)
