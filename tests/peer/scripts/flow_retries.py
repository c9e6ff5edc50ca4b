"""Flows that are tried again, with a subflow and without tasks."""

from prefect import flow
from prefect.runtime import flow_run

calls: dict[str, int] = {}


def fails(name: str, times: int) -> int:
    calls[name] = calls.get(name, 0) + 1
    if calls[name] <= times:
        raise ValueError(f"{name} {calls[name]}")
    return calls[name]


@flow(retries=2, retry_delay_seconds=0)
def child() -> int:
    return fails("child", 1)


@flow(retries=2)
def flaky() -> tuple[int, int]:
    return fails("flaky", 2), flow_run.run_count


@flow(retries=1)
def exhausted() -> int:
    return fails("exhausted", 9)


@flow
def parent() -> int:
    return child()


if __name__ == "__main__":
    print(parent(), flaky())
    try:
        exhausted()
    except ValueError as error:
        print("caught", error)
    print(calls)
