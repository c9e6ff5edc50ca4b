"""Flows that end in every way."""

import sys
from itertools import count

from headrace import flow, task
from headrace.states import Cancelled, Failed

calls = count(1)


@flow
def exits(code: object = 7) -> None:
    sys.exit(code)


@flow
def fails_by_state():
    return Failed(message="said so")


@flow
def is_cancelled():
    return Cancelled()


@flow
def chained() -> None:
    try:
        raise KeyError("inner")
    except KeyError as error:
        raise RuntimeError("outer") from error


@flow
def raises() -> None:
    raise LookupError("no such station")


@task(retries=3)
def flaky() -> None:
    if next(calls) < 3:
        raise OSError("busy")


@flow
def tries_again() -> None:
    flaky()
