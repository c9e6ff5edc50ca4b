"""What a filter of events asks of runs' states: what SQL can look for, and whether more than a state is to be seen.

A state's event is named after the state and is about its run; the runs and flows that it is related to are columns. All
else that a filter may ask (labels, tags, words) only the event itself can tell: see `event_matching.fits`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from headrace._kernel.ids import id_bytes, id_text
from headrace._wire.events import (
    FLOW,
    FLOW_RUN,
    RESOURCE_ID,
    TAG,
    TASK_RUN,
    EventAnyResourceFilter,
    EventFilter,
    EventNameFilter,
    EventRelatedFilter,
)
from headrace._wire.schema import microseconds
from headrace.server.store.run_states import Named, RunScope

__all__ = ["StateQuestion", "may_be_named", "question_of"]

_KINDS: Final = (FLOW_RUN, TASK_RUN)


class StateQuestion(msgspec.Struct, frozen=True):
    """What is asked of states. Those that do not fit it have no event that fits the filter."""

    since: int
    until: int
    kinds: frozenset[str]  # how the names of their events begin
    scope: RunScope
    ids: frozenset[bytes]  # of the states; empty: whichever
    names_of_tasks: tuple[str, ...]  # of which states of task runs have one; none: whichever
    all_names: bool  # whether no state is left out by its name
    reads_events: bool  # whether only the event tells if it fits


def question_of(asked: EventFilter) -> StateQuestion:
    """What a filter asks of states."""
    about, related, either = _ids_about(asked), _ids_related(asked), _ids_either(asked)
    kinds = frozenset(kind for kind in _KINDS if may_be_named(kind, asked.event) and _may_be_about(kind, asked))
    named = [_named(ids) for ids in about]
    if any(not one.flow_runs for one in named):
        kinds -= {FLOW_RUN}
    if any(not one.task_runs for one in named):
        kinds -= {TASK_RUN}
    return StateQuestion(
        since=microseconds(asked.occurred.since),
        until=microseconds(asked.occurred.until),
        kinds=kinds,
        scope=RunScope(
            tuple(named),
            tuple(_named(ids) for ids in related if not _has_tags(ids)),
            tuple(_named(ids) for ids in either if not _has_tags(ids)),
        ),
        ids=frozenset(one.bytes for one in asked.id.id or ()),
        names_of_tasks=_names_after(TASK_RUN, asked.event),
        all_names=all(_is_whole(kind, asked.event) for kind in kinds),
        reads_events=(
            asked.text is not None
            or (asked.resource is not None and _asks_of_labels(asked.resource))
            or not all(_is_only_ids(part) for part in asked.related_asked())
            or any(_asks_of_labels(part) or part.id_prefix for part in asked.any_asked())
            or any(map(_has_tags, (*related, *either)))
            or not all(_is_wholly_about(kind, asked) for kind in kinds)
        ),
    )


def _ids_about(asked: EventFilter) -> list[Sequence[str]]:
    return [ids] if asked.resource is not None and (ids := _ids(asked.resource)) else []


def _ids_related(asked: EventFilter) -> list[Sequence[str]]:
    parts = asked.related_asked()
    found = [_ids(part) or [one for one, _ in part.resources_in_roles or ()] for part in parts]
    return [ids for ids in found if ids]


def _ids_either(asked: EventFilter) -> list[Sequence[str]]:
    return [ids for part in asked.any_asked() if (ids := _ids(part))]


def _ids(part: EventAnyResourceFilter | EventRelatedFilter) -> Sequence[str]:
    """The ids of which a resource must have one, be they asked as such or as a label; none: whichever it has."""
    labels = part.labels_asked().get(RESOURCE_ID, [])
    return part.id or ([] if any(one.startswith("!") or one.endswith("*") for one in labels) else labels)


def _named(ids: Iterable[str]) -> Named:
    found: dict[str, set[bytes]] = {FLOW: set(), FLOW_RUN: set(), TASK_RUN: set()}
    for one in ids:
        kind = next((kind for kind in found if one.startswith(kind)), None)
        if kind is not None and (identifier := _id_in(one.removeprefix(kind))) is not None:
            found[kind].add(identifier)
    return Named(frozenset(found[FLOW]), frozenset(found[FLOW_RUN]), frozenset(found[TASK_RUN]))


def _id_in(text: str) -> bytes | None:
    try:
        identifier = id_bytes(text)
    except ValueError:
        return None
    return identifier if id_text(identifier) == text else None  # resources are spelled in one way


def _has_tags(ids: Sequence[str]) -> bool:
    return any(one.startswith(TAG) for one in ids)


def _asks_of_labels(part: EventAnyResourceFilter | EventRelatedFilter) -> bool:
    return bool(part.labels_asked())


def _is_only_ids(part: EventRelatedFilter) -> bool:
    return not (part.role or part.resources_in_roles or _asks_of_labels(part))


def _may_begin(kind: str, prefixes: Sequence[str] | None) -> bool:
    return not prefixes or any(kind.startswith(prefix) or prefix.startswith(kind) for prefix in prefixes)


def _begins(kind: str, prefixes: Sequence[str] | None) -> bool:
    return not prefixes or any(kind.startswith(prefix) for prefix in prefixes)


def may_be_named(kind: str, asked: EventNameFilter | None) -> bool:
    """Whether one of the events whose names begin so may have a name that is asked for."""
    return asked is None or (
        _may_begin(kind, asked.prefix)
        and not (asked.exclude_prefix and _begins(kind, asked.exclude_prefix))
        and (not asked.name or any(name.startswith(kind) for name in asked.name))
    )


def _names_after(kind: str, asked: EventNameFilter | None) -> tuple[str, ...]:
    names = [] if asked is None else asked.name or []
    return tuple(name.removeprefix(kind) for name in names if name.startswith(kind))


def _is_whole(kind: str, asked: EventNameFilter | None) -> bool:
    return asked is None or (
        _begins(kind, asked.prefix)
        and not (asked.name or asked.exclude_name)
        and not any(prefix.startswith(kind) for prefix in asked.exclude_prefix or ())
    )


def _may_be_about(kind: str, asked: EventFilter) -> bool:
    return asked.resource is None or _may_begin(kind, asked.resource.id_prefix)


def _is_wholly_about(kind: str, asked: EventFilter) -> bool:
    return asked.resource is None or _begins(kind, asked.resource.id_prefix)
