"""What the routes that filter have in common: the filters as the store takes them, and the bound of a page."""

from typing import Any

from pydantic import BaseModel

from headrace._wire.queries import PAGE_LIMIT
from headrace.server.api.errors import LimitTooLarge

__all__ = ["filters_of", "numbered", "page_limit"]

# All other parts of a query are filters.
_NO_FILTERS = {
    *("sort", "limit", "offset", "page"),
    *("history_start", "history_end", "history_interval_seconds"),
    *("state", "force"),
}


def filters_of(query: BaseModel | None) -> dict[str, Any]:
    """Aggregate -> its filter, of those that a query gives."""
    return {} if query is None else query.model_dump(exclude=_NO_FILTERS, exclude_none=True)


def numbered(count: int, limit: int, page: int) -> dict[str, int]:
    """What an answer says of its page, of `count` objects in pages of `limit`."""
    return {"count": count, "limit": limit, "pages": -(-count // limit) if limit else 0, "page": page}


def page_limit(given: int | None) -> int:
    """How many objects are answered; LimitTooLarge where that is out of bounds."""
    if given is None:
        return PAGE_LIMIT
    if given > PAGE_LIMIT:
        raise LimitTooLarge(f"Invalid limit: must be less than or equal to {PAGE_LIMIT}.")
    if given < 0:
        raise LimitTooLarge("Invalid limit: must be greater than or equal to 0.")
    return given
