"""What the tasks of a flow run with retries came to, so that its next attempt runs none of them again.

A call is known by its task and by a digest of its arguments, and the second call of a kind by being the second: so an
attempt that takes another course, or that gives a task something else, runs the task. Results are kept as they were
when the task returned them, for what the flow does to one afterwards it will do again. Where arguments cannot be told
apart, or hold what cannot be pickled, the task runs again.
"""

import io
import pickle
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from headrace._kernel.leaves import ATOMIC

__all__ = ["CompletedTasks", "Kept"]

Key = tuple[Any, ...]
_IMMUTABLE: Final = ATOMIC - {bytearray}


class _Same:
    """An object as a key: equal to itself alone, and held, so that no other comes to stand at its address."""

    __slots__ = ("held",)

    def __init__(self, held: Any) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return type(other) is _Same and other.held is self.held

    def __hash__(self) -> int:
        return id(self.held)


class Kept:
    """One result: the value itself where nothing can change it or copy it, else a pickle of it."""

    __slots__ = ("_is_pickled", "_value")

    def __init__(self, value: Any) -> None:
        self._value = value
        self._is_pickled = False
        if type(value) in _IMMUTABLE:
            return
        try:
            self._value = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
            self._is_pickled = True
        except Exception:  # noqa: BLE001 - a connection, say, or what a user's own `__reduce__` raises
            self._value = value

    def value(self) -> Any:
        """The result, a copy of its own where it can be copied."""
        return pickle.loads(self._value) if self._is_pickled else self._value


class CompletedTasks:
    """The results of one flow run's tasks, until the flow run ends."""

    __slots__ = ("_earlier", "_now")

    def __init__(self) -> None:
        self._earlier: dict[Key, deque[Kept]] = {}
        self._now: dict[Key, deque[Kept]] = {}

    def key(self, task_key: str, fn: Callable[..., Any], parameters: dict[str, Any]) -> Key | None:
        """What tells this call from others; None where nothing does."""
        buffer = io.BytesIO()
        pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.fast = True  # Without it, equal arguments differ where one of them has an object twice.
        try:
            pickler.dump(parameters)
        except Exception:  # noqa: BLE001 - as above
            return None
        return task_key, *_made_of(fn), _digest(buffer.getbuffer())

    def take(self, key: Key) -> Kept | None:
        """The result of this call in an earlier attempt, each one given once in an attempt."""
        kept = self._earlier.get(key)
        if not kept:
            return None
        result = kept.popleft()
        self.keep(key, result)
        return result

    def keep(self, key: Key, result: Kept) -> None:
        """Notes what a call came to."""
        self._now.setdefault(key, deque()).append(result)

    def begin_attempt(self) -> None:
        """What was noted, and what was not asked for again, is what the attempt that begins now may take."""
        for key, kept in self._earlier.items():
            self._now.setdefault(key, deque()).extend(kept)
        self._earlier, self._now = self._now, {}

    def forget(self) -> None:
        """Releases everything: the flow run is over."""
        self._earlier.clear()
        self._now.clear()


def _made_of(fn: Callable[..., Any]) -> Iterator[Any]:
    """What makes a function the same when it is defined anew: its code, and the very objects that it closes over."""
    code = getattr(fn, "__code__", None)
    if code is None:
        yield _Same(fn)
        return
    yield code
    for cell in getattr(fn, "__closure__", None) or ():
        try:
            content = cell.cell_contents
        except ValueError:  # A name that is not bound yet.
            continue
        yield (type(content), content) if type(content) in _IMMUTABLE else _Same(content)


def _digest(content: memoryview) -> bytes:
    if len(content) <= 64:
        return bytes(content)
    from _blake2 import blake2b

    return blake2b(content, digest_size=32).digest()
