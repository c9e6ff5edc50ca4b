"""Validation of values that are no models."""

from typing import Any, Literal, TypeVar

from pydantic import TypeAdapter

__all__ = ["parse_obj_as"]

T = TypeVar("T")


def parse_obj_as(type_: type[T], data: Any, mode: Literal["python", "json", "strings"] = "python") -> T:
    """`data` as a value of this type; `mode` says whether it is Python's values, JSON, or texts to be read.

    Raises pydantic's ValidationError where it is none.
    """
    adapter = TypeAdapter(type_)
    if mode == "json":
        return adapter.validate_json(data)
    return adapter.validate_strings(data) if mode == "strings" else adapter.validate_python(data)
