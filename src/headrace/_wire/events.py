"""Events on the wire: what happened, to which resource, and which others it is related to; and questions about them.

A resource is a set of labels, one of which is its id. Names of labels, roles and events are spelled as clients filter
on them (`prefect.resource.id`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from pydantic import AnyUrl, Field, FiniteFloat, RootModel, field_validator

from headrace._wire.schema import Instant, WireEnum, WireSchema, now

__all__ = [
    "EVENT_PAGE_LIMIT",
    "FLOW",
    "FLOW_RUN",
    "MAX_LABELS",
    "MAX_RELATED",
    "ORCHESTRATION",
    "RESOURCE_ID",
    "RESOURCE_NAME",
    "RESOURCE_ROLE",
    "TAG",
    "TASK_RUN",
    "Event",
    "EventAnyResourceFilter",
    "EventCount",
    "EventCountQuery",
    "EventFilter",
    "EventIDFilter",
    "EventNameFilter",
    "EventOccurredFilter",
    "EventOrder",
    "EventPage",
    "EventPageQuery",
    "EventQuery",
    "EventRelatedFilter",
    "EventResourceFilter",
    "EventTextFilter",
    "Events",
    "ReceivedEvent",
    "RelatedResource",
    "Resource",
    "ResourceSpecification",
    "TimeUnit",
]

P = TypeVar("P", bound="_ResourceAsked")

RESOURCE_ID: Final = "prefect.resource.id"
RESOURCE_ROLE: Final = "prefect.resource.role"
RESOURCE_NAME: Final = "prefect.resource.name"
ORCHESTRATION: Final = "prefect.orchestration"
"""A label that says who decided of a run: "client" for task runs, which their process tells of."""

FLOW: Final = "prefect.flow."
TAG: Final = "prefect.tag."
"""How the ids of flows and tags as resources begin."""

FLOW_RUN: Final = "prefect.flow-run."
TASK_RUN: Final = "prefect.task-run."
"""How the names of events of runs' states begin, which end with the state's; and the ids of runs as resources."""

EVENT_PAGE_LIMIT = 50
"""How many events a page has at most, and has where no limit is given."""

MAX_LABELS = 500
"""How many labels a resource has at most."""

MAX_RELATED = 100
"""How many resources an event is related to at most."""

_DEFAULT_DAYS = 180


class Resource(RootModel[dict[str, str]]):
    """What an event is about, by its labels."""

    @field_validator("root")
    @classmethod
    def _has_an_id(cls, labels: dict[str, str]) -> dict[str, str]:
        if len(labels) > MAX_LABELS:
            raise ValueError(f"The maximum number of labels per resource is {MAX_LABELS}")
        _require(labels, RESOURCE_ID, "Resources")
        return labels

    @property
    def id(self) -> str:
        """The label by which the resource is known."""
        return self.root[RESOURCE_ID]


class RelatedResource(Resource):
    """Another resource that takes part in an event, in a role."""

    @field_validator("root")
    @classmethod
    def _has_a_role(cls, labels: dict[str, str]) -> dict[str, str]:
        _require(labels, RESOURCE_ROLE, "Related Resources")
        return labels

    @property
    def role(self) -> str:
        """The part that it takes."""
        return self.root[RESOURCE_ROLE]


def _require(labels: Mapping[str, str], name: str, whose: str) -> None:
    if name not in labels:
        raise ValueError(f"{whose} must include the {name} label")
    if not labels[name]:
        raise ValueError(f"The {name} label must be non-empty")


class Event(WireSchema):
    """Something that happened to a resource."""

    occurred: Instant
    event: str
    resource: Resource
    related: list[RelatedResource] = Field(default_factory=list[RelatedResource])
    payload: dict[str, Any] = Field(default_factory=dict[str, Any])
    id: UUID
    follows: UUID | None = None

    @field_validator("related")
    @classmethod
    def _not_too_many(cls, related: list[RelatedResource]) -> list[RelatedResource]:
        if len(related) > MAX_RELATED:
            raise ValueError(f"The maximum number of related resources is {MAX_RELATED}")
        return related


class ReceivedEvent(Event):
    """An event as the server answers it."""

    received: Instant = Field(default_factory=now)


Events = list[Event]
"""Body of `events`."""


# Questions


class ResourceSpecification(RootModel[dict[str, str | list[str]]]):
    """Labels that a resource has, and for each its values, of which one must fit.

    A `*` at the end of a value stands for anything, a `!` ahead for anything else.
    """

    def values(self) -> dict[str, list[str]]:
        """Label -> its values."""
        return {name: [value] if isinstance(value, str) else value for name, value in self.root.items()}


class EventOrder(WireEnum):
    """Orders of events, by when they occurred."""

    ASC = "ASC"
    DESC = "DESC"


def _default_since() -> datetime:
    return (now() - timedelta(days=_DEFAULT_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)


class EventOccurredFilter(WireSchema):
    """When events occurred, both instants included."""

    since: Instant = Field(default_factory=_default_since)
    until: Instant = Field(default_factory=now)


class EventNameFilter(WireSchema):
    """What events are called."""

    prefix: list[str] | None = None
    exclude_prefix: list[str] | None = None
    name: list[str] | None = None
    exclude_name: list[str] | None = None


class _ResourceAsked(WireSchema):
    """What is asked of one resource. An empty list asks nothing."""

    id: list[str] | None = None
    labels: ResourceSpecification | None = None

    def labels_asked(self) -> dict[str, list[str]]:
        """Label -> its values."""
        return self.labels.values() if self.labels is not None else {}

    def asks(self) -> bool:
        """Whether anything is asked."""
        return any(self.model_dump().values())


class EventAnyResourceFilter(_ResourceAsked):
    """A resource that events are about or related to."""

    id_prefix: list[str] | None = None


class EventResourceFilter(EventAnyResourceFilter):
    """Which resource events are about; `distinct` asks for the first event of each, in the order that is asked for."""

    distinct: bool = False


class EventRelatedFilter(_ResourceAsked):
    """A resource that events are related to."""

    role: list[str] | None = None
    resources_in_roles: list[tuple[str, str]] | None = None


class EventIDFilter(WireSchema):
    """Which events."""

    id: list[UUID] | None = None


class EventTextFilter(WireSchema):
    """Words that occur in events, in the language of the search in logs."""

    query: Annotated[str, Field(max_length=200)]


class EventFilter(WireSchema):
    """Which events are asked for: those that fit every part. Of lists of resources, each must be there."""

    occurred: EventOccurredFilter = Field(default_factory=EventOccurredFilter)
    event: EventNameFilter | None = None
    resource: EventResourceFilter | None = None
    related: EventRelatedFilter | list[EventRelatedFilter] | None = None
    any_resource: EventAnyResourceFilter | list[EventAnyResourceFilter] | None = None
    id: EventIDFilter = Field(default_factory=EventIDFilter)
    text: EventTextFilter | None = None
    order: EventOrder = EventOrder.DESC

    def related_asked(self) -> list[EventRelatedFilter]:
        """The related resources that there must be."""
        return [one for one in _listed(self.related) if one.asks()]

    def any_asked(self) -> list[EventAnyResourceFilter]:
        """The resources that there must be, in whichever part."""
        return [one for one in _listed(self.any_resource) if one.asks()]

    @property
    def is_distinct(self) -> bool:
        """Whether one event of each resource is asked for."""
        return self.resource is not None and self.resource.distinct


def _listed(parts: P | list[P] | None) -> list[P]:
    return [] if parts is None else parts if isinstance(parts, list) else [parts]


class EventQuery(WireSchema):
    """Body of `events/filter`."""

    filter: EventFilter | None = None
    limit: Annotated[int, Field(ge=0, le=EVENT_PAGE_LIMIT)] = EVENT_PAGE_LIMIT


class EventPageQuery(WireSchema):
    """The query of `events/filter/next`: what the page before said of the next one."""

    page_token: Annotated[str, Field(alias="page-token")]


class EventPage(WireSchema):
    """Some events, how many there are in all, and where the next ones are."""

    events: list[ReceivedEvent]
    total: int
    next_page: AnyUrl | None


class TimeUnit(WireEnum):
    """Units of spans in which events are counted."""

    week = "week"
    day = "day"
    hour = "hour"
    minute = "minute"
    second = "second"


class EventCountQuery(WireSchema):
    """Body of `events/count-by/...`."""

    filter: EventFilter
    time_unit: TimeUnit = TimeUnit.day
    time_interval: Annotated[FiniteFloat, Field(ge=0.01)] = 1.0


class EventCount(WireSchema):
    """How many events there are of one kind, and between which instants."""

    value: str
    label: str
    count: int
    start_time: Instant
    end_time: Instant
