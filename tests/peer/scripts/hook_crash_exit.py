"""A flow that leaves by SystemExit calls its hooks for crashes, and the script has its exit code."""

import sys
from typing import Any

from prefect import flow, task


def crashed(flow: Any, run: Any, state: Any) -> None:
    print("crashed", flow.name, state.type.value, state.name, repr(state.result(raise_on_failure=False)))


def never(runnable: Any, run: Any, state: Any) -> None:
    print("never")


@task(on_failure=[never], on_completion=[never])
def give_up() -> None:
    sys.exit(3)


@flow(on_crashed=[crashed], on_failure=[never], on_completion=[never], on_cancellation=[never])
def inner() -> None:
    give_up()


@flow(on_crashed=[crashed], on_failure=[never], on_completion=[never], on_cancellation=[never])
def abandon() -> None:
    inner()


if __name__ == "__main__":
    abandon()
