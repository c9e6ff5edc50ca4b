"""Finding one flow, flow run or task run by what a user types: its id, an unambiguous beginning of it, or its name."""

import re
import shlex
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

import msgspec

from headrace._wire.filters import FlowRunFilter, FlowRunFilterName, TaskRunFilter, TaskRunFilterName
from headrace._wire.flow_runs import FlowRun
from headrace._wire.flows import Flow
from headrace._wire.queries import FlowRunSort, FlowSort, TaskRunSort
from headrace._wire.task_runs import TaskRun
from headrace.cli.reading.paging import pages
from headrace.client.orchestration import SyncHeadraceClient
from headrace.exceptions import ObjectNotFound

__all__ = ["find_flow", "find_flow_run", "find_task_run"]

Run = TypeVar("Run", FlowRun, TaskRun)
Thing = TypeVar("Thing", Flow, FlowRun, TaskRun)

_ID_DIGITS = 32
_BEGINNING = re.compile(r"[0-9a-f]{4,32}")
_SHOWN_CANDIDATES = 5


class _Kind(msgspec.Struct, Generic[Thing], frozen=True):
    """One kind of things that can be found. What asks for several gives one more than are ever shown."""

    noun: str
    shown_by: str  # the command that lists them
    by_id: Callable[[UUID], Thing]
    by_name: Callable[[str], list[Thing]]
    between: Callable[[UUID, UUID], list[Thing]]  # with ids from the one to the other
    described: Callable[[Thing], str]
    instead: Callable[[str], str | None] = lambda _: None  # what to do where it is the name of something else


def find_flow(client: SyncHeadraceClient, wanted: str) -> Flow:
    """The flow that `wanted` names; ObjectNotFound where that is none, or several, which it then lists."""
    return _found(
        _Kind(
            noun="flow",
            shown_by="headrace flow ls",
            by_id=client.read_flow,
            by_name=lambda name: _flow_named(client, name),
            between=lambda lowest, highest: _flows_between(client, lowest, highest),
            described=lambda flow: flow.name,
        ),
        wanted,
    )


def find_flow_run(client: SyncHeadraceClient, wanted: str) -> FlowRun:
    """The same for a flow run."""
    return _found(
        _kind_of_runs(
            "flow run",
            "headrace flow-run ls",
            client.read_flow_run,
            lambda name: client.read_flow_runs(
                flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[name])),
                sort=FlowRunSort.EXPECTED_START_TIME_DESC,
                limit=_SHOWN_CANDIDATES + 1,
            ),
            lambda limit, offset: client.read_flow_runs(sort=FlowRunSort.ID_DESC, limit=limit, offset=offset),
            client.count_flow_runs,
            lambda name: _runs_of_flow(name) if _flow_named(client, name) else None,
        ),
        wanted,
    )


def find_task_run(client: SyncHeadraceClient, wanted: str) -> TaskRun:
    """The same for a task run."""
    return _found(
        _kind_of_runs(
            "task run",
            "headrace task-run ls",
            client.read_task_run,
            lambda name: client.read_task_runs(
                task_run_filter=TaskRunFilter(name=TaskRunFilterName(any_=[name])),
                sort=TaskRunSort.EXPECTED_START_TIME_DESC,
                limit=_SHOWN_CANDIDATES + 1,
            ),
            lambda limit, offset: client.read_task_runs(sort=TaskRunSort.ID_DESC, limit=limit, offset=offset),
            client.count_task_runs,
        ),
        wanted,
    )


def _kind_of_runs(
    noun: str,
    shown_by: str,
    by_id: Callable[[UUID], Run],
    by_name: Callable[[str], list[Run]],
    page: Callable[[int, int], list[Run]],
    count: Callable[[], int],
    instead: Callable[[str], str | None] = lambda _: None,
) -> _Kind[Run]:
    """Flow runs or task runs; `page(limit, offset)` gives them by id, the highest first."""
    return _Kind(
        noun=noun,
        shown_by=shown_by,
        by_id=by_id,
        by_name=by_name,
        between=lambda lowest, highest: _bisected(page, count(), lowest, highest),
        described=lambda run: f"{run.name}  {run.state_name}",
        instead=instead,
    )


def _found(kind: _Kind[Thing], wanted: str) -> Thing:
    digits = wanted.strip().lower().replace("-", "")
    is_beginning = _BEGINNING.fullmatch(digits) is not None
    if is_beginning and len(digits) == _ID_DIGITS:
        return _by_id(kind, UUID(digits))
    found = kind.by_name(wanted)
    if not found and is_beginning:
        lowest, highest = (UUID(digits.ljust(_ID_DIGITS, fill)) for fill in "0f")
        found = kind.between(lowest, highest)
    if len(found) == 1:
        return found[0]
    if found:
        raise ObjectNotFound(help_message=_ambiguous(kind, wanted, found))
    to_do = kind.instead(wanted) or f"give an id, the beginning of one, or a name, as {kind.shown_by} shows."
    raise ObjectNotFound(help_message=f"There is no {kind.noun} {wanted!r}: {to_do}")


def _by_id(kind: _Kind[Thing], wanted: UUID) -> Thing:
    try:
        return kind.by_id(wanted)
    except ObjectNotFound as error:
        raise ObjectNotFound(
            help_message=f"There is no {kind.noun} {wanted}: {kind.shown_by} shows those that there are."
        ) from error


def _runs_of_flow(name: str) -> str:
    return f"that is a flow, whose runs headrace flow-run ls --flow-name {shlex.quote(name)} shows."


def _flow_named(client: SyncHeadraceClient, name: str) -> list[Flow]:
    try:
        return [client.read_flow_by_name(name)]
    except ObjectNotFound:
        return []


def _flows_between(client: SyncHeadraceClient, lowest: UUID, highest: UUID) -> list[Flow]:
    every = pages(lambda limit, offset: client.read_flows(sort=FlowSort.CREATED_DESC, limit=limit, offset=offset))
    return [flow for page in every for flow in page if lowest <= flow.id <= highest][: _SHOWN_CANDIDATES + 1]


def _bisected(read: Callable[[int, int], list[Thing]], count: int, lowest: UUID, highest: UUID) -> list[Thing]:
    """Some of the things whose id lies between these; `read(limit, offset)` gives them by id, the highest first.

    No filter asks for that, but there is that order: bisecting it takes some 20 short questions for a million runs.
    """
    before, behind = 0, count
    while before < behind:
        middle = (before + behind) // 2
        (thing,) = read(1, middle) or (None,)
        if thing is not None and thing.id > highest:
            before = middle + 1
        else:
            behind = middle
    return [thing for thing in read(_SHOWN_CANDIDATES + 1, before) if lowest <= thing.id <= highest]


def _ambiguous(kind: _Kind[Thing], wanted: str, found: list[Thing]) -> str:
    lines = [f"{wanted!r} names several {kind.noun}s; give the id of one:"]
    lines += [f"  {each.id}  {kind.described(each)}" for each in found[:_SHOWN_CANDIDATES]]
    return "\n".join([*lines, "  and more"] if len(found) > _SHOWN_CANDIDATES else lines)
