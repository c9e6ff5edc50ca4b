"""A flow run as it goes on: its states as they come, until it ends."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from headrace._wire.states import State
from headrace.client.orchestration import SyncHeadraceClient

__all__ = ["states_as_they_come"]


def states_as_they_come(
    client: SyncHeadraceClient, flow_run_id: UUID, pause: Callable[[], None]
) -> Iterator[State[Any]]:
    """The states that a run went through, then each as it is entered, up to the one that ends it."""
    told = 0
    while True:
        states = client.read_flow_run_states(flow_run_id)
        yield from states[told:]
        told = len(states)
        if states and states[-1].is_final():
            return
        pause()
