"""Pages: the API answers at most 200 objects at once, and commands show as many as they are asked for."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from headrace._wire.queries import PAGE_LIMIT

__all__ = ["pages"]

T = TypeVar("T")


def pages(read: Callable[[int, int], list[T]], limit: int | None = None) -> Iterator[list[T]]:
    """What `read(limit, offset)` gives, page by page, up to `limit` objects in all (None: all there are)."""
    offset = 0
    while limit is None or offset < limit:
        wanted = PAGE_LIMIT if limit is None else min(PAGE_LIMIT, limit - offset)
        page = read(wanted, offset)
        if page:
            yield page
        offset += len(page)
        if len(page) < wanted:
            return
