"""Hooks of copies: those that one of them gets are not those of the others, and an empty list means none."""

from typing import Any

from prefect import flow


def first(flow: Any, run: Any, state: Any) -> None:
    print("first", flow.name)


def second(flow: Any, run: Any, state: Any) -> None:
    print("second", flow.name)


HOOKS = [first]


@flow(name="original", on_completion=HOOKS)
def original() -> None:
    return None


if __name__ == "__main__":
    copy = original.with_options(name="copy")
    copy.on_completion(second)
    without = original.with_options(name="without", on_completion=[])
    for each in (original, copy, without):
        each()
    print(len(HOOKS))
