"""A flow that calls itself, and a task in each of its runs."""

from prefect import flow, task


@task
def multiply(a: int, b: int) -> int:
    return a * b


@flow
def factorial(n: int) -> int:
    if n < 2:
        return 1
    return multiply(n, factorial(n - 1))


if __name__ == "__main__":
    print(factorial(4))
