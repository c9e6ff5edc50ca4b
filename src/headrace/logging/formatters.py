"""Formatters for programs that configure logging themselves."""

import json
import logging
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Literal

__all__ = ["HeadraceFormatter", "JsonFormatter", "PrefectFormatter", "format_exception_info"]


def format_exception_info(
    exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
) -> dict[str, str | None]:
    """The type, the message and the traceback of an exception, as JSON has them."""
    kind, error, tb = exc_info
    return {
        "type": kind.__name__ if kind is not None else None,
        "message": str(error) if error is not None else None,
        "traceback": "".join(traceback.format_tb(tb)) if tb is not None else None,
    }


class HeadraceFormatter(logging.Formatter):
    """A formatter with formats of their own for lines of flow runs and of task runs.

    Those may speak of `flow_run_id`, `flow_run_name` and `flow_name`, and of `task_run_id`, `task_run_name` and
    `task_name`.
    """

    def __init__(
        self,
        format: str | None = None,  # noqa: A002 - Prefect's name, by which files of configuration give it
        datefmt: str | None = None,
        style: Literal["%", "{", "$"] = "%",
        validate: bool = True,
        *,
        defaults: dict[str, Any] | None = None,
        task_run_fmt: str | None = None,
        flow_run_fmt: str | None = None,
    ) -> None:
        super().__init__(format, datefmt, style, validate, defaults=defaults)
        self._of_runs = [
            (attribute, logging.Formatter(given, datefmt, style, validate, defaults=defaults))
            for attribute, given in (("task_run_name", task_run_fmt), ("flow_run_name", flow_run_fmt))
            if given is not None
        ]

    def usesTime(self) -> bool:  # noqa: N802 - as Formatter's own
        """Whether a record has to say when it was made."""
        return super().usesTime() or any(formatter.usesTime() for _, formatter in self._of_runs)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - as Formatter's own
        """The record in the format of its kind."""
        for attribute, formatter in self._of_runs:
            if hasattr(record, attribute):
                return formatter.formatMessage(record)
        return super().formatMessage(record)


PrefectFormatter = HeadraceFormatter


class JsonFormatter(logging.Formatter):
    """Each line as an object of JSON that has every attribute of its record; "pretty" writes one over several lines."""

    def __init__(self, fmt: str = "default", dmft: str | None = None, style: str = "%", **options: Any) -> None:
        super().__init__()
        if fmt not in ("default", "pretty"):
            raise ValueError(f"A JsonFormatter's format is 'default' or 'pretty', not {fmt!r}.")
        self._indent, self._separators = (2, (",", ": ")) if fmt == "pretty" else (None, (",", ":"))

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON; what JSON cannot say is said as text."""
        told: dict[str, Any] = {name: value for name, value in vars(record).items() if name != "headrace_frame"}
        told["message"] = record.getMessage()
        told["severity"] = record.levelname  # by this name Google's log collectors know it
        if record.exc_info:
            told["exc_info"] = format_exception_info(record.exc_info)
        return json.dumps(_plain(told), indent=self._indent, separators=self._separators, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}  # type: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]  # type: ignore[reportUnknownVariableType]
    return str(value)
