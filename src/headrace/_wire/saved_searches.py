"""Saved searches on the wire: filters that a page keeps under a name."""

from typing import Annotated, Any

from pydantic import Field

from headrace._wire.schema import BodySchema, NewKey, ObjectSchema, WireSchema

__all__ = ["SavedSearch", "SavedSearchCreate", "SavedSearchFilter", "SavedSearchQuery"]


class SavedSearchFilter(WireSchema):
    """One condition of a search; the page that saved it knows what the words mean."""

    object: str
    property: str
    type: str
    operation: str
    value: Any


class SavedSearchCreate(WireSchema):
    """A search to save; one of the same name is replaced."""

    name: NewKey
    filters: list[SavedSearchFilter] = Field(default_factory=list[SavedSearchFilter])


class SavedSearch(ObjectSchema):
    """A search that was saved."""

    name: str
    filters: list[SavedSearchFilter] = Field(default_factory=list[SavedSearchFilter])


class SavedSearchQuery(BodySchema):
    """Body of `saved_searches/filter`: a part of all, by name."""

    offset: Annotated[int, Field(ge=0)] = 0
    limit: int | None = None
