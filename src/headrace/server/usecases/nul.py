"""Finds texts with a NUL, which PostgreSQL can never store, and rids of it those that are only to be read.

Source: https://www.postgresql.org/docs/current/datatype-character.html
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar, cast

import msgspec

__all__ = ["holds_nul", "may_hold_nul", "place_of_nul", "without_nul"]

T = TypeVar("T")

# How JSON spells a NUL. Within JSON these six characters may also be the end of an escaped backslash and a text.
_ESCAPED: Final = b"\\u0000"


def may_hold_nul(records: Sequence[msgspec.Struct], payloads: Sequence[bytes]) -> bool:
    """Whether one of the records could hold a NUL: cheap, for a whole batch, and right whenever it says no."""
    return _ESCAPED in msgspec.json.encode(records) or _ESCAPED in b"".join(payloads)


def holds_nul(value: Any) -> bool:
    """Whether a text anywhere in `value` holds a NUL; bytes are taken for JSON, and for ids where they are none."""
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, bytes):
        return _ESCAPED in value and _json_holds_nul(value)
    if isinstance(value, msgspec.Struct):
        return any(holds_nul(getattr(value, field)) for field in value.__struct_fields__)
    if isinstance(value, Mapping):
        return any(holds_nul(key) or holds_nul(inner) for key, inner in cast("Mapping[Any, Any]", value).items())
    if isinstance(value, Sequence):
        return any(holds_nul(inner) for inner in cast("Sequence[Any]", value))
    return False


def without_nul(value: T) -> T:
    """The same without the NULs in its texts: what programs print may hold one, and the rest is kept."""
    if isinstance(value, str):
        return cast("T", value.replace("\0", ""))
    if isinstance(value, dict):
        return cast("T", {without_nul(key): without_nul(one) for key, one in cast("dict[Any, Any]", value).items()})
    if isinstance(value, list):
        return cast("T", [without_nul(one) for one in cast("list[Any]", value)])
    return value


def _json_holds_nul(text: bytes) -> bool:
    try:
        return holds_nul(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return False


def place_of_nul(value: Any) -> tuple[str | int, ...] | None:
    """The way through a value of JSON to its first text with a NUL; None where there is none."""
    if isinstance(value, str):
        return () if "\0" in value else None
    if isinstance(value, Mapping):
        parts = list(cast("Mapping[str, Any]", value).items())
    elif isinstance(value, Sequence):
        parts = list(enumerate(cast("Sequence[Any]", value)))
    else:
        return None
    for name, inner in parts:
        if isinstance(name, str) and "\0" in name:
            return (name,)
        place = place_of_nul(inner)
        if place is not None:
            return (name, *place)
    return None
