"""States in colour."""

from typing import Any

from headrace._wire.states import State, StateType
from headrace.cli.rendering.screen import Cell

__all__ = ["COLOURS", "state_cell", "state_text"]

COLOURS: dict[StateType, str] = {
    StateType.SCHEDULED: "yellow",
    StateType.PENDING: "yellow",
    StateType.RUNNING: "cyan",
    StateType.COMPLETED: "green",
    StateType.FAILED: "red",
    StateType.CRASHED: "magenta",
    StateType.CANCELLING: "bright_black",
    StateType.CANCELLED: "bright_black",
    StateType.PAUSED: "yellow",
}


def state_cell(kind: StateType | None, name: str | None) -> Cell:
    """A run's state by its name; "none" for a run without one."""
    return Cell(name or "none", COLOURS[kind] if kind is not None else None)


def state_text(state: State[Any] | None) -> Cell:
    """A run's state with its message."""
    if state is None:
        return state_cell(None, None)
    text = f"{state.name}: {state.message}" if state.message else str(state.name)
    return Cell(text, COLOURS[state.type])
