"""Positional-only, keyword-only, variadic and default parameters, and calls that do not fit them."""

from prefect import flow, task


@task
def positional(a, b, /, c=3):
    return a, b, c


@task
def keyword(a, *, b, c="c"):
    return a, b, c


@task
def variadic(first, *rest, last=None, **named):
    return first, rest, last, named


@flow
def calls(a: int, *rest: int, flag: bool = False, **named: str) -> None:
    print(positional(1, 2), positional(1, 2, c=4))
    print(keyword(1, b=2), keyword(a=3, b=4, c=5))
    print(variadic(1), variadic(1, 2, 3, last=4, more=5))
    print(a, rest, flag, named)


@flow
def misfits() -> None:
    for call in (
        lambda: positional(1),
        lambda: positional(a=1, b=2),
        lambda: keyword(1, 2),
        lambda: keyword(1, b=2, d=3),
        lambda: positional(1, 2, 3, 4),
    ):
        try:
            call()
        except TypeError as error:
            print(type(error).__name__)


if __name__ == "__main__":
    calls(1)
    calls(1, 2, 3, flag=True, colour="red", size="xl")
    misfits()
    try:
        calls(flag=True)
    except TypeError as error:
        print(type(error).__name__)
