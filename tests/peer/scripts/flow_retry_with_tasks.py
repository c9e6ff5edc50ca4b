"""A flow that is tried again: which of its tasks run again."""

from prefect import flow, task

ran: list[int] = []


@task
def note(number: int) -> int:
    ran.append(number)
    return number


@flow(retries=1)
def pipeline() -> None:
    note(1)
    note(1)
    note(len(ran))
    if len(ran) < 4:
        raise ValueError("once more")


if __name__ == "__main__":
    pipeline()
    print(ran)
