"""State hooks: what users want called when a run enters a state. One that raises is told of, and stops nothing."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from headrace._engine.calling import call
from headrace._engine.lines import say, say_traceback
from headrace._engine.returning import state_of
from headrace._engine.run_objects import flow_run_object, task_run_object
from headrace._engine.task_run import Ended
from headrace._kernel.callables import callable_name
from headrace._kernel.crashes import repr_of
from headrace._kernel.current import Frame, TaskFrame, innermost, runnable_of
from headrace._kernel.steps import Outcome, Steps
from headrace._records import StateRecord

__all__ = ["call_hooks"]


def call_hooks(frame: Frame, states: Sequence[StateRecord], outcome: Outcome) -> Steps[None]:
    """Calls the hooks of the last of the run's `states` so far, by its type, in their order and inside of the run.

    Each is given the flow or task, its run and the state, which holds what the run came to. The state has been reported
    before: what interrupts a hook (Ctrl-C, an exit, a cancellation) ends the other hooks and is raised here.
    """
    state = states[-1]
    hooks: list[Callable[..., Any]] | None = runnable_of(frame).hooks.get(state.type)
    if not hooks:
        return
    outside = innermost.get()
    innermost.set(frame)
    try:
        arguments = _arguments(frame, states, outcome)
        for hook in hooks:
            yield from _call(hook, arguments, frame, state)
    finally:
        if innermost.get() is frame:  # See flow_run.py: a coroutine may be closed in another context.
            innermost.set(outside)


def _call(hook: Callable[..., Any], arguments: tuple[Any, ...], frame: Frame, state: StateRecord) -> Steps[None]:
    name = _name(hook)
    say(frame, logging.INFO, f"Calling hook {name!r} for state {state.name!r}")
    error = (yield from call(hook, arguments, frame)).error
    if error is None:
        say(frame, logging.INFO, f"Hook {name!r} is done")
    elif isinstance(error, Exception):
        say_traceback(frame, f"Hook {name!r} raised {repr_of(error)}", error)
    else:
        raise error


def _arguments(frame: Frame, states: Sequence[StateRecord], outcome: Outcome) -> tuple[Any, ...]:
    """What every hook of a state is given: (flow, flow run, state), or (task, task run, state)."""
    ended = Ended(frame.run_id, states[-1], outcome.value, outcome.error)
    if type(frame) is TaskFrame:
        shown = state_of(ended, "task_run_id")
        return frame.task, task_run_object(frame, shown, states), shown
    shown = state_of(ended, "flow_run_id")
    return frame.flow, flow_run_object(frame, shown, states), shown


def _name(hook: Callable[..., Any]) -> str:
    """What users call a hook: of a partial, its function's name."""
    while isinstance(hook, partial):
        hook = hook.func
    return callable_name(hook)
