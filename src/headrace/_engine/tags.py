"""Tags in force: what each run that begins inside of `with tags(...)` is labelled with, besides its task's own."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

__all__ = ["checked_tags", "tags", "tags_in_force"]

tags_in_force: Final[ContextVar[frozenset[str]]] = ContextVar("headrace_tags", default=frozenset())


@contextmanager
def tags(*new_tags: str) -> Generator[set[str]]:
    """Adds these tags to every flow run and task run that begins inside, and hands over all that are in force.

    Nested blocks add up; what is started inside keeps the tags for all that it starts.
    """
    token = tags_in_force.set(tags_in_force.get() | checked_tags(new_tags, "tags()"))
    try:
        yield set(tags_in_force.get())
    finally:
        tags_in_force.reset(token)


def checked_tags(given: Iterable[Any], taker: str) -> frozenset[str]:
    """The tags as a set; TypeError names `taker` where one is no text, which could never be stored."""
    found: set[str] = set()
    for tag in given:
        if not isinstance(tag, str):
            raise TypeError(f"Tags are strings, but {taker} was given {tag!r}, of the type {type(tag).__name__}.")
        found.add(tag)
    return frozenset(found)
