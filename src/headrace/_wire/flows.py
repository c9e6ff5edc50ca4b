"""Flows on the wire."""

from pydantic import Field

from headrace._wire.schema import Labels, Name, NewName, ObjectSchema, Paginated, WireSchema

__all__ = ["Flow", "FlowCreate", "FlowPaginationResponse", "FlowUpdate"]


class Flow(ObjectSchema):
    """A flow: what its runs have in common, known by its name."""

    name: Name
    tags: list[str] = Field(default_factory=list[str])
    labels: Labels | None = Field(default_factory=Labels)


class FlowCreate(WireSchema):
    """A flow to be known by this name; one that is known already stays as it is."""

    name: NewName
    tags: list[str] = Field(default_factory=list[str])
    labels: Labels | None = Field(default_factory=Labels)


class FlowUpdate(WireSchema):
    """What of a flow shall change; what is not given stays."""

    tags: list[str] = Field(default_factory=list[str])


class FlowPaginationResponse(Paginated):
    """A page of flows."""

    results: list[Flow]
