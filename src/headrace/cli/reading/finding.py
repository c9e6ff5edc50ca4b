"""Finding one flow run by what a user types: its id, an unambiguous beginning of the id, or its name."""

import re
from uuid import UUID

from headrace._wire.filters import FlowRunFilter, FlowRunFilterName
from headrace._wire.flow_runs import FlowRun
from headrace._wire.queries import FlowRunSort
from headrace.client.orchestration import SyncHeadraceClient
from headrace.exceptions import ObjectNotFound

__all__ = ["find_flow_run"]

_ID_DIGITS = 32
_BEGINNING = re.compile(r"[0-9a-f]{4,32}")
_SHOWN_CANDIDATES = 5


def find_flow_run(client: SyncHeadraceClient, wanted: str) -> FlowRun:
    """The flow run that `wanted` names; ObjectNotFound where that is none, or several, which it then lists."""
    digits = wanted.strip().lower().replace("-", "")
    is_beginning = _BEGINNING.fullmatch(digits) is not None
    if is_beginning and len(digits) == _ID_DIGITS:
        return _by_id(client, UUID(digits))
    found = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(name=FlowRunFilterName(any_=[wanted])),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=_SHOWN_CANDIDATES + 1,
    )
    if not found and is_beginning:
        found = _by_beginning(client, digits)
    if len(found) == 1:
        return found[0]
    if found:
        raise ObjectNotFound(help_message=_ambiguous(wanted, found))
    raise ObjectNotFound(
        help_message=f"There is no flow run {wanted!r}: give an id, the beginning of one, or a name, as headrace "
        "flow-run ls shows."
    )


def _by_id(client: SyncHeadraceClient, flow_run_id: UUID) -> FlowRun:
    try:
        return client.read_flow_run(flow_run_id)
    except ObjectNotFound as error:
        raise ObjectNotFound(
            help_message=f"There is no flow run {flow_run_id}: headrace flow-run ls shows those that there are."
        ) from error


def _by_beginning(client: SyncHeadraceClient, digits: str) -> list[FlowRun]:
    """Some of the flow runs whose id begins so.

    No filter asks for that, but there is an order by id: bisecting it takes some 20 short questions for a million runs.
    """
    lowest, highest = (UUID(digits.ljust(_ID_DIGITS, fill)) for fill in "0f")
    before, behind = 0, client.count_flow_runs()
    while before < behind:
        middle = (before + behind) // 2
        (run,) = client.read_flow_runs(sort=FlowRunSort.ID_DESC, limit=1, offset=middle) or (None,)
        if run is not None and run.id > highest:
            before = middle + 1
        else:
            behind = middle
    nearest = client.read_flow_runs(sort=FlowRunSort.ID_DESC, limit=_SHOWN_CANDIDATES + 1, offset=before)
    return [run for run in nearest if lowest <= run.id <= highest]


def _ambiguous(wanted: str, found: list[FlowRun]) -> str:
    lines = [f"{wanted!r} names several flow runs; give the id of one:"]
    lines += [f"  {run.id}  {run.name}  {run.state_name}" for run in found[:_SHOWN_CANDIDATES]]
    return "\n".join([*lines, "  and more"] if len(found) > _SHOWN_CANDIDATES else lines)
