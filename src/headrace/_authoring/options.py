"""The options of flows and tasks: their names and types, said once for the class, the decorator and `with_options`."""

from collections.abc import Callable, Iterable, Mapping
from math import inf
from typing import TYPE_CHECKING, Any, Final, TypedDict, cast

from headrace._engine.retrying import Delays
from headrace._engine.run_names import RunName

if TYPE_CHECKING:  # What a script that submits nothing never needs.
    from headrace.task_runners import TaskRunner

__all__ = [
    "HOOKED_STATES",
    "FlowOptions",
    "StateHook",
    "TaskOptions",
    "check_options",
    "checked_runner",
    "hooks_of",
    "merged_options",
    "timeout_of",
]

StateHook = Callable[[Any, Any, Any], Any]
"""`hook(flow, flow_run, state)` or `hook(task, task_run, state)`: a plain or a coroutine function."""

HOOKED_STATES: Final = {
    "on_completion": "COMPLETED",
    "on_failure": "FAILED",
    "on_cancellation": "CANCELLED",
    "on_crashed": "CRASHED",
    "on_running": "RUNNING",
}
"""The type of the states that call the hooks of an option."""


class TaskOptions(TypedDict, total=False):
    """The options of a task. None stands for the default."""

    name: str | None  # shown wherever the task's runs are; the function's own name by default
    description: str | None  # the function's docstring by default
    tags: Iterable[str] | None  # labels of every run of this task, besides those in force where it is called
    version: str | None  # any text that says which version of the code this is
    task_run_name: RunName | None  # a template over the parameters, or a function; a generated name by default
    retries: int | None  # how often a run that failed is tried again: 0
    retry_delay_seconds: Delays | None  # the wait before each retry: 0
    retry_jitter_factor: float | None  # by which factor, less one, a wait may be longer or shorter: 0
    timeout_seconds: float | None  # how long an attempt may take before it is Failed, as TimedOut: for ever
    retry_condition_fn: Callable[..., Any] | None  # (task, task_run, state) -> whether a failed run is tried again
    log_prints: bool | None  # whether what it prints is kept in the run's log: as the flow at hand, by default
    on_completion: Iterable[StateHook] | None  # called with (task, task_run, state) when a run is Completed
    on_failure: Iterable[StateHook] | None  # ... when it is Failed and not tried again
    on_running: Iterable[StateHook] | None  # ... each time that it is Running


class FlowOptions(TypedDict, total=False):
    """The options of a flow. None stands for the default."""

    name: str | None  # shown wherever the flow's runs are; the function's own name, with hyphens, by default
    description: str | None  # the function's docstring by default
    version: str | None  # any text that says which version of the code this is; by default a checksum of its file
    flow_run_name: RunName | None  # a template over the parameters, or a function; a generated name by default
    retries: int | None  # how often a run that failed is tried again: 0
    retry_delay_seconds: Delays | None  # the wait before each retry: 0
    timeout_seconds: float | None  # how long an attempt may take before it is Failed, as TimedOut: for ever
    on_completion: Iterable[StateHook] | None  # called with (flow, flow_run, state) when a run is Completed
    on_failure: Iterable[StateHook] | None  # ... when it is Failed and not tried again
    on_cancellation: Iterable[StateHook] | None  # ... when it is Cancelled by others than itself
    on_crashed: Iterable[StateHook] | None  # ... when it is Crashed
    on_running: Iterable[StateHook] | None  # ... each time that it is Running
    task_runner: "TaskRunner[Any] | type[TaskRunner[Any]] | None"  # where submitted tasks run: on threads
    validate_parameters: bool | None  # whether arguments are validated, and coerced, as the annotations say: True
    log_prints: bool | None  # whether what it prints is kept in the run's log: as the flow around, or the setting


_KNOWN: Final = {"task": frozenset(TaskOptions.__annotations__), "flow": frozenset(FlowOptions.__annotations__)}
# What the peer has, and we do not have yet. An option leaves its line when it comes to be one of those above.
_NOT_YET: Final = {
    "task": frozenset(
        """
        cache_policy cache_key_fn cache_expiration persist_result result_storage result_serializer
        result_storage_key cache_result_in_memory refresh_cache on_rollback on_commit viz_return_value asset_deps
        """.split()
    ),
    "flow": frozenset(
        """
        persist_result result_storage result_serializer cache_result_in_memory
        """.split()
    ),
}
# None means these to `with_options`: back to the default. Any other option stays as it is.
_RESET_BY_NONE: Final = {
    "task": frozenset(
        "task_run_name retries retry_delay_seconds retry_jitter_factor retry_condition_fn log_prints".split()
    ),
    "flow": frozenset(("log_prints",)),
}


def check_options(kind: str, options: Mapping[str, Any]) -> None:
    """Refuses, with a TypeError that says so, options that a flow or task does not have, or does not have yet."""
    for option in options.keys() - _KNOWN[kind]:
        if option in _NOT_YET[kind]:
            raise TypeError(f"The option {option!r} of @{kind} is not there yet: this version of Headrace lacks it.")
        raise TypeError(f"@{kind} has no option {option!r}; its options are {', '.join(sorted(_KNOWN[kind]))}.")
    name = options.get("name")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"Expected string for {kind} parameter 'name'; got {type(name).__name__} instead.")


def merged_options(kind: str, before: Any, changes: Any) -> Any:
    """The options of a copy: those given in `changes`, else those from `before`."""
    given = cast("Mapping[str, Any]", changes)
    reset = _RESET_BY_NONE[kind]
    return {**before, **{name: value for name, value in given.items() if value is not None or name in reset}}


def timeout_of(kind: str, options: Mapping[str, Any]) -> float | None:
    """How many seconds an attempt may take; None for as many as it needs, which 0 means too.

    TypeError and ValueError for what is no number of seconds.
    """
    given = options.get("timeout_seconds")
    if given is None:
        return None
    if not isinstance(given, int | float) or isinstance(given, bool):
        raise TypeError(f"Expected a number of seconds for {kind} parameter 'timeout_seconds'; got {given!r} instead.")
    if not given >= 0:
        raise ValueError(f"`timeout_seconds` must be >= 0, got {given}: leave it out for a {kind} without a time-out.")
    return float(given) if 0 < given < inf else None


def hooks_of(kind: str, options: Mapping[str, Any]) -> dict[str, list[StateHook]]:
    """The hooks among the options, by the type of the states that call them; nothing where there are none."""
    return {
        state: hooks
        for option, state in HOOKED_STATES.items()
        if (hooks := _checked_hooks(kind, option, options.get(option)))
    }


def _checked_hooks(kind: str, option: str, given: Any) -> list[StateHook]:
    """The hooks of one option; TypeError for what are none."""
    if given is None:
        return []
    advice = f"Give a list of functions: @{kind}({option}=[first, second])."
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise TypeError(f"Expected a list of hooks for {option!r}; got {type(given).__name__} instead. {advice}")
    hooks = list(cast("list[Any]", given))
    for hook in hooks:
        if not callable(hook):
            raise TypeError(f"Expected hooks that can be called in {option!r}; got {hook!r} instead. {advice}")
    return hooks


def checked_runner(given: Any) -> "TaskRunner[Any] | None":
    """The task runner that a flow was given, or one of the class that it was given."""
    runner = given() if isinstance(given, type) else given
    if runner is not None and not (hasattr(runner, "submit") and hasattr(runner, "duplicate")):
        raise TypeError(
            f"The option 'task_runner' of @flow takes a task runner, such as ThreadPoolTaskRunner(max_workers=4), and "
            f"was given {given!r}, of the type {type(given).__name__}."
        )
    return runner
