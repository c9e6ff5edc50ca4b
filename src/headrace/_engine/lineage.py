"""Lineage: which run made a value, so that handing the value to another task becomes an edge of the run graph.

Values are known by identity. A type that takes weak references is held weakly. Of any other, the last 256 are held, and
each is let go soon after user code has dropped it: with every result two of them are asked whether anybody else
still holds them. When the flow ends, all are.
"""

import weakref
from collections.abc import Iterator
from sys import getrefcount
from typing import Any, Final, cast

from headrace._kernel.leaves import CONTAINERS, levels

__all__ = ["Lineage"]

_HELD: Final = 256
_TWICE: Final = (1, 2)  # Once would not keep up with the results that come in.
# The references to a value that nobody but the lineage holds: its entry's, and that of the question itself.
_ALONE: Final = 2
_SMALL_INTEGERS: Final = range(-5, 257)
# One object serves everybody who uses such a value: identity would draw edges where nothing flowed.
_SHARED: Final = frozenset({type(None), bool, type(...), type(NotImplemented), type})


class Lineage:
    """The values that the task runs and subflows of one flow run returned."""

    __slots__ = ("_asked", "_held", "_strongly")

    def __init__(self) -> None:
        self._held: dict[int, tuple[Any, bytes]] = {}
        self._strongly: dict[int, None] = {}  # the keys of those that are not held weakly, the oldest first
        self._asked: Iterator[int] = iter(())

    def remember(self, value: Any, run_id: bytes) -> None:
        """Notes that the run `run_id` made `value`."""
        if type(value) in _SHARED:
            return
        kind = cast(type[Any], type(value))
        if _is_interned(kind, value):
            return
        key = id(value)
        held = self._held
        if getattr(kind, "__weakrefoffset__", 0):
            held[key] = (weakref.ref(value, lambda _, key=key: held.pop(key, None)), run_id)
            return
        self._let_go()
        strongly = self._strongly
        strongly.pop(key, None)
        held[key] = (value, run_id)
        strongly[key] = None
        if len(strongly) > _HELD:
            oldest = next(iter(strongly))
            strongly.pop(oldest, None)
            held.pop(oldest, None)

    def _let_go(self) -> None:
        """Releases the next two of those that are held strongly, where user code has dropped them."""
        strongly, held = self._strongly, self._held
        for _ in _TWICE:
            key = next(self._asked, None)
            if key is None:
                self._asked = iter(list(strongly))
                return
            if key in strongly and (entry := held.get(key)) is not None and getrefcount(entry[0]) <= _ALONE:
                strongly.pop(key, None)
                held.pop(key, None)

    def source(self, value: Any) -> bytes | None:
        """The run that made this very value."""
        entry = self._held.get(id(value))
        if entry is None:
            return None
        made = entry[0]
        if made is value or (type(made) is weakref.ref and made() is value):
            return entry[1]
        return None

    def inputs(self, parameters: dict[str, Any]) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
        """For each parameter that was given results: the runs that made them, however deep they lie (within bounds)."""
        held = self._held
        if not held:
            return ()
        found: list[tuple[str, tuple[bytes, ...]]] = []
        for name, value in parameters.items():
            if type(value) not in CONTAINERS:
                if id(value) in held and (run_id := self.source(value)) is not None:
                    found.append((name, (run_id,)))
                continue
            sources: dict[bytes, None] = {}
            for level in levels(value):
                if known := held.keys() & map(id, level):
                    made = (self.source(item) for item in level if id(item) in known)
                    sources.update((run_id, None) for run_id in made if run_id is not None)
            if sources:
                found.append((name, tuple(sources)))
        return tuple(found)

    def forget(self) -> None:
        """Releases everything: the flow run is over."""
        self._held.clear()
        self._strongly.clear()


def _is_interned(kind: type, value: Any) -> bool:
    if kind is int:
        return value in _SMALL_INTEGERS
    if kind is str or kind is bytes:
        return len(value) < 2
    return kind in (tuple, frozenset) and not value
