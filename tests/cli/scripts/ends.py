"""Flows that end in every way."""

import sys

from headrace import flow
from headrace.states import Cancelled, Failed


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
