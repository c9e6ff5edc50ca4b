"""The options of flows and tasks: their names and types, said once for the class, the decorator and `with_options`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypedDict, cast

from headrace._engine.retrying import Delays
from headrace._engine.run_names import RunName

__all__ = ["FlowOptions", "TaskOptions", "check_options", "merged_options"]


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
    retry_condition_fn: Callable[..., Any] | None  # (task, task_run, state) -> whether a failed run is tried again
    log_prints: bool | None  # whether what it prints is kept in the run's log: as the flow at hand, by default


class FlowOptions(TypedDict, total=False):
    """The options of a flow. None stands for the default."""

    name: str | None  # shown wherever the flow's runs are; the function's own name, with hyphens, by default
    description: str | None  # the function's docstring by default
    version: str | None  # any text that says which version of the code this is; by default a checksum of its file
    flow_run_name: RunName | None  # a template over the parameters, or a function; a generated name by default
    retries: int | None  # how often a run that failed is tried again: 0
    retry_delay_seconds: Delays | None  # the wait before each retry: 0
    validate_parameters: bool | None  # whether arguments are validated, and coerced, as the annotations say: True
    log_prints: bool | None  # whether what it prints is kept in the run's log: as the flow around, or the setting


_KNOWN: Final = {"task": frozenset(TaskOptions.__annotations__), "flow": frozenset(FlowOptions.__annotations__)}
# What the peer has, and we do not have yet. An option leaves its line when it comes to be one of those above.
_NOT_YET: Final = {
    "task": frozenset(
        """
        on_completion on_failure on_running timeout_seconds cache_policy cache_key_fn cache_expiration
        persist_result result_storage result_serializer result_storage_key cache_result_in_memory refresh_cache
        on_rollback on_commit viz_return_value asset_deps
        """.split()
    ),
    "flow": frozenset(
        """
        on_completion on_failure on_cancellation on_crashed on_running timeout_seconds task_runner
        persist_result result_storage result_serializer cache_result_in_memory
        """.split()
    ),
}
# None means these to `with_options`: back to the default. Any other option stays as it is.
_RESET_BY_NONE: Final = frozenset(
    {"task_run_name", "retries", "retry_delay_seconds", "retry_jitter_factor", "retry_condition_fn", "log_prints"}
)


def check_options(kind: str, options: Mapping[str, Any]) -> None:
    """Refuses, with a TypeError that says so, options that a flow or task does not have, or does not have yet."""
    for option in options.keys() - _KNOWN[kind]:
        if option in _NOT_YET[kind]:
            raise TypeError(f"The option {option!r} of @{kind} is not there yet: this version of Headrace lacks it.")
        raise TypeError(f"@{kind} has no option {option!r}; its options are {', '.join(sorted(_KNOWN[kind]))}.")
    name = options.get("name")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"Expected string for {kind} parameter 'name'; got {type(name).__name__} instead.")


def merged_options(before: Any, changes: Any) -> Any:
    """The options of a copy: those given in `changes`, else those from `before`."""
    given = cast("Mapping[str, Any]", changes)
    return {**before, **{name: value for name, value in given.items() if value is not None or name in _RESET_BY_NONE}}
