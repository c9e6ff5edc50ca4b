"""Mapping: what `map` makes of its arguments, one call after the other. Each takes an item of all that can be iterated
over; what is `unmapped`, and what cannot be iterated over, is the same for all.
"""

import inspect
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final, cast

from headrace._kernel.callables import Binder, variadic_keyword
from headrace.exceptions import MappingLengthMismatch, MappingMissingIterable
from headrace.utilities.annotations import BaseAnnotation, allow_failure, opaque, quote, unmapped

__all__ = ["Mapped", "mapped"]

# Lines and characters are not what anybody means by mapping over them.
_WHOLE: Final = (str, bytes, bytearray, io.IOBase)


class Mapped:
    """The parameters of each call of a map."""

    __slots__ = ("_columns", "_keyword_columns", "_keywords", "_same", "length")

    def __init__(
        self,
        same: dict[str, Any],
        columns: dict[str, Sequence[Any]],
        keywords: str,
        keyword_columns: dict[str, Sequence[Any]],
    ) -> None:
        self.length = len(next(iter((*columns.values(), *keyword_columns.values()))))
        self._same = same  # parameter -> value, in the order of the signature
        self._columns = columns
        self._keywords = keywords  # the name of `**kwargs`
        self._keyword_columns = keyword_columns

    def parameters(self, index: int) -> dict[str, Any]:
        """The bound parameters of the call number `index`, from 0."""
        made = self._same.copy()
        for name, column in self._columns.items():
            made[name] = column[index]
        if self._keyword_columns:
            items = {name: column[index] for name, column in self._keyword_columns.items()}
            made[self._keywords] = {**made[self._keywords], **items}
        return made


def mapped(binder: Binder, parameters: dict[str, Any]) -> Mapped:
    """What a map of these parameters makes: those that were given, of which a future has been resolved.

    Raises MappingMissingIterable where there is nothing to iterate over, and MappingLengthMismatch where two of them
    differ in length.
    """
    receiver = next(iter(binder.signature.parameters), None) if binder.receiver else None
    keywords = variadic_keyword(binder.signature) or ""
    given = {**parameters, **cast("dict[str, Any]", parameters.get(keywords) or {})}
    given.pop(keywords, None)
    same: dict[str, Any] = {}
    columns: dict[str, Sequence[Any]] = {}
    for name, value in given.items():
        column = None if name == receiver else _column(value)
        if column is not None:
            columns[name] = column
        else:
            is_kept = isinstance(value, unmapped | opaque)
            same[name] = cast("BaseAnnotation[Any]", value).value if is_kept else value
    _check(columns, given)
    in_order: dict[str, Any] = {}
    for name, parameter in binder.signature.parameters.items():
        in_order[name] = same.pop(name, _default(parameter))
    keyword_columns = {name: columns.pop(name) for name in list(columns) if name not in in_order}
    if keywords:
        in_order[keywords] = same
    return Mapped(in_order, columns, keywords, keyword_columns)


def _column(value: Any) -> Sequence[Any] | None:
    """What each call gets of this argument; None where all get the same."""
    if type(value) is range or type(value) is tuple:
        return cast("Sequence[Any]", value)
    if isinstance(value, unmapped | opaque):
        return None
    if isinstance(value, allow_failure | quote):
        annotated = cast("BaseAnnotation[Any]", value)
        items = _column(annotated.value)
        return None if items is None else [annotated.rewrap(item) for item in items]
    if isinstance(value, _WHOLE) or not isinstance(value, Iterable):
        return None
    try:
        return list(cast("Iterable[Any]", value))
    except TypeError:  # Such as an array of no dimension, which has the method all the same.
        return None


def _check(columns: dict[str, Sequence[Any]], given: dict[str, Any]) -> None:
    if not columns:
        raise MappingMissingIterable(
            "No iterable parameters were received. Parameters for map must include at least one iterable. "
            f"Parameters: {given}"
        )
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise MappingLengthMismatch(
            "Received iterable parameters with different lengths. Parameters for map must all be the same length. "
            f"Got lengths: {lengths}"
        )


def _default(parameter: inspect.Parameter) -> Any:
    if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
        return ()
    return None if parameter.default is inspect.Parameter.empty else parameter.default
