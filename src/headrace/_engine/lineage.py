"""Lineage: which run made a value, so that handing the value to another task becomes an edge of the run graph.

Values are known by identity. A type that takes weak references is held weakly; any other value is held in a ring of
the last 256, so that a result that user code has dropped is released soon, and all of them when the flow ends.
"""

import weakref
from collections import deque
from typing import Any, Final, cast

from headrace._kernel.leaves import ATOMIC, CONTAINERS, leaves

__all__ = ["Lineage"]

_RING = 256
_SMALL_INTEGERS: Final = range(-5, 257)
# One object serves everybody who uses such a value: identity would draw edges where nothing flowed.
_SHARED: Final = frozenset({type(None), bool, type(...), type(NotImplemented), type})


class Lineage:
    """The values that the task runs and subflows of one flow run returned."""

    __slots__ = ("_held", "_ring")

    def __init__(self) -> None:
        self._held: dict[int, tuple[Any, bytes]] = {}
        self._ring: deque[tuple[int, tuple[Any, bytes]]] = deque()

    def remember(self, value: Any, run_id: bytes) -> None:
        """Notes that the run `run_id` made `value`."""
        kind = cast(type[Any], type(value))
        if kind in _SHARED or _is_interned(kind, value):
            return
        key = id(value)
        held = self._held
        if getattr(kind, "__weakrefoffset__", 0):
            held[key] = (weakref.ref(value, lambda _, key=key: held.pop(key, None)), run_id)
            return
        held[key] = entry = (value, run_id)
        ring = self._ring
        ring.append((key, entry))
        if len(ring) > _RING:
            old_key, old_entry = ring.popleft()
            if held.get(old_key) is old_entry:
                held.pop(old_key, None)

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
        found: list[tuple[str, tuple[bytes, ...]]] = []
        if not self._held:
            return ()
        for name, value in parameters.items():
            if type(value) in ATOMIC or type(value) not in CONTAINERS:
                run_id = self.source(value)
                if run_id is not None:
                    found.append((name, (run_id,)))
                continue
            sources: dict[bytes, None] = {}
            for leaf in leaves(value):
                run_id = self.source(leaf)
                if run_id is not None:
                    sources[run_id] = None
            if sources:
                found.append((name, tuple(sources)))
        return tuple(found)

    def forget(self) -> None:
        """Releases everything: the flow run is over."""
        self._held.clear()
        self._ring.clear()


def _is_interned(kind: type, value: Any) -> bool:
    if kind is int:
        return value in _SMALL_INTEGERS
    if kind is str or kind is bytes:
        return len(value) < 2
    return kind in (tuple, frozenset) and not value
