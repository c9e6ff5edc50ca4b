"""Submitted tasks: futures as arguments, wherever they lie, results, states, failures and what follows from them."""

from typing import Any

from prefect import allow_failure, flow, task


@task
def extract(n: int) -> list[int]:
    return list(range(n))


@task
def total(rows: Any) -> int:
    return sum(sum(row) for row in rows)


@task
def fails() -> None:
    raise ValueError("no rows")


@task
def look(value: Any) -> str:
    return f"{type(value).__name__}: {value}"


@flow
def pipeline() -> int:
    futures = [extract.submit(n) for n in (300, 400)]
    result = total.submit(futures)
    print("total", result.result(), result.state.type.value, result.state.name)
    print("nested", look.submit({"rows": (futures[0],)}).result()[:20])

    failed = fails.submit()
    failed.wait()
    print(failed.state.type.value, failed.state.name)
    print(repr(failed.result(raise_on_failure=False)))
    try:
        failed.result()
    except ValueError as error:
        print("raised", error)

    after = look.submit(failed)
    after.wait()
    print(after.state.type.value, after.state.name)
    print("allowed", look.submit(allow_failure(failed)).result())
    late = look.submit("late", wait_for=[failed])
    late.wait()
    print(late.state.type.value, late.state.name)
    print("ordered", look.submit("ordered", wait_for=futures).result())
    return result.result()


if __name__ == "__main__":
    print(pipeline())
