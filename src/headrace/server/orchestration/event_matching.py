"""Whether an event is one that a filter asks for, said in Python: for events that are in no table, or not yet.

`store.event_filters` says the same in SQL; a test holds each to the other.
"""

from collections.abc import Mapping, Sequence

import msgspec

from headrace._kernel.ids import id_text
from headrace._wire.events import (
    RESOURCE_ID,
    RESOURCE_ROLE,
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventRelatedFilter,
)
from headrace._wire.schema import microseconds
from headrace.server.store.facts import EventFacts
from headrace.server.store.text_search import parse_text_search

__all__ = ["fits", "is_named"]

Labels = Mapping[str, str]


def fits(event: EventFacts, asked: EventFilter) -> bool:
    """Whether the event is asked for."""
    return (
        microseconds(asked.occurred.since) <= event.occurred_at <= microseconds(asked.occurred.until)
        and (not asked.id.id or id_text(event.id) in map(str, asked.id.id))
        and (asked.event is None or is_named(event.event, asked.event))
        and (asked.resource is None or _is_resource(event.resource, asked.resource))
        and all(any(_is_related(one, part) for one in event.related) for part in asked.related_asked())
        and all(any(_is_resource(one, part) for one in (event.resource, *event.related)) for part in asked.any_asked())
        and (asked.text is None or _says(event, asked.text.query))
    )


def is_named(name: str, asked: EventNameFilter) -> bool:
    """Whether events of this name are asked for."""
    return (
        (not asked.prefix or name.startswith(tuple(asked.prefix)))
        and not (asked.exclude_prefix and name.startswith(tuple(asked.exclude_prefix)))
        and (not asked.name or name in asked.name)
        and not (asked.exclude_name and name in asked.exclude_name)
    )


def _is_resource(resource: Labels, asked: EventAnyResourceFilter) -> bool:
    return (
        (not asked.id or resource[RESOURCE_ID] in asked.id)
        and (not asked.id_prefix or resource[RESOURCE_ID].startswith(tuple(asked.id_prefix)))
        and _has_labels(resource, asked.labels_asked())
    )


def _is_related(resource: Labels, asked: EventRelatedFilter) -> bool:
    itself = resource[RESOURCE_ID], resource[RESOURCE_ROLE]
    return (
        (not asked.id or itself[0] in asked.id)
        and (not asked.role or itself[1] in asked.role)
        and (not asked.resources_in_roles or itself in asked.resources_in_roles)
        and _has_labels(resource, asked.labels_asked())
    )


def _has_labels(resource: Labels, asked: Mapping[str, Sequence[str]]) -> bool:
    return all(
        name in resource and any(_is_value(resource[name], value) for value in values) for name, values in asked.items()
    )


def _is_value(value: str, wanted: str) -> bool:
    is_not, plain = wanted.startswith("!"), wanted.removeprefix("!")
    is_it = value.startswith(plain[:-1]) if plain.endswith("*") else value == plain
    return is_it is not is_not


def _says(event: EventFacts, query: str) -> bool:
    search = parse_text_search(query)
    parts = (event.event.encode(), *map(msgspec.json.encode, (event.resource, event.related)), event.payload)
    text = b" ".join(parts).decode().lower()
    return (
        all(term in text for term in search.all_of)
        and not any(term in text for term in search.none_of)
        and (not search.any_of or any(term in text for term in search.any_of))
    )
