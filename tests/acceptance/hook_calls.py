"""Hooks that note which of them were called."""

from collections.abc import Callable
from typing import Any

from headrace.states import State

__all__ = ["FLOW_OPTIONS", "TASK_OPTIONS", "Calls"]

FLOW_OPTIONS = ("on_completion", "on_failure", "on_cancellation", "on_crashed", "on_running")
TASK_OPTIONS = ("on_completion", "on_failure", "on_running")

Hook = Callable[[Any, Any, Any], Any]


class Calls(list[str]):
    """Which hooks were called, in which order and for which states."""

    def hook(self, name: str) -> Hook:
        def note(runnable: Any, run: Any, state: State[Any]) -> None:
            self.append(f"{name}: {state.name}")

        return note

    def of_each_kind(self, options: tuple[str, ...]) -> dict[str, Any]:
        return {option: [self.hook(option)] for option in options}
