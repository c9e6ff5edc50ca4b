"""Formatters for programs that configure logging themselves."""

import json
import logging
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

__all__ = ["JsonFormatter", "format_exception_info"]


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
