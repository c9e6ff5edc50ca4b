"""Steps: a conversation written once as a generator, which two drivers carry out (`drive.py`).

A step yields an effect and gets back what it came to. Never yield bare: `yield from` a helper of this module, so that
the result has a type. There are five effects, and drivers know each of them:

- `attempt`: call the user's function; both what it returns and what it raises come back, as an Outcome.
- `block`: our own blocking work (a barrier); off the loop in the async face; what it raises is raised in the step.
- `join`: wait until work that others do has ended; they tell of it themselves.
- `pause`: wait for some seconds.
- `HandOut`: give an item to whoever iterates over a run (`iterate`); what the consumer sends or throws comes back.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeVar, final

__all__ = [
    "Attempt",
    "Block",
    "ClosedEarly",
    "Effect",
    "HandOut",
    "Join",
    "LoopClosed",
    "Outcome",
    "Pause",
    "Steps",
    "Waited",
    "attempt",
    "block",
    "iterate",
    "join",
    "pause",
]

R = TypeVar("R")


class Outcome(NamedTuple):
    """What a call came to: its value, or the exception that it raised (then `value` is None)."""

    value: Any = None
    error: BaseException | None = None


@final
class Attempt:
    """Call `fn(*args, **kwargs)`; the async face awaits what it returns."""

    __slots__ = ("args", "fn", "kwargs")

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.fn = fn
        self.args = args
        self.kwargs = kwargs


@final
class Block:
    """Call `work()`, which may block for long."""

    __slots__ = ("work",)

    def __init__(self, work: Callable[[], Any]) -> None:
        self.work = work


class Waited(Protocol):
    """Work that somebody else does."""

    def wait(self) -> object:
        """Blocks until it has ended."""
        ...

    def add_done_callback(self, fn: Callable[[Any], None]) -> object:
        """Calls `fn` when it has ended, in any thread; at once where it has."""
        ...


@final
class Join:
    """Wait until all of `waited` have ended."""

    __slots__ = ("waited",)

    def __init__(self, waited: Sequence[Waited]) -> None:
        self.waited = waited


@final
class Pause:
    """Let `seconds` go by."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


@final
class HandOut:
    """Give an item to the consumer; the driver answers with an Outcome: what was sent, or thrown, in return.

    A driver that has no consumer (a submitted run) answers with this very effect, and the item still in it.
    """

    __slots__ = ("_item",)

    def __init__(self, item: Any) -> None:
        self._item = item

    def take(self) -> Any:
        """The item, which is held here no longer: the consumer alone decides how long it lives."""
        item, self._item = self._item, None
        return item


class ClosedEarly(GeneratorExit):
    """The consumer of a generator closed it before its end."""


class LoopClosed(RuntimeError):
    """A coroutine function was to be called where no event loop runs any more."""


Effect = Attempt | Block | Join | Pause | HandOut
Steps = Generator[Effect, Any, R]


def attempt(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Outcome]:
    """Calls the user's function; what it raises comes back as a value, with the user's frames in its traceback."""
    return (yield Attempt(fn, args, kwargs))


def block(work: Callable[[], R]) -> Steps[R]:
    """Does blocking work of our own."""
    return (yield Block(work))


def join(waited: Sequence[Waited]) -> Steps[None]:
    """Waits until all of these have ended."""
    yield Join(waited)


def pause(seconds: float) -> Steps[None]:
    """Waits."""
    yield Pause(seconds)


def iterate(
    fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], made: Callable[[Any], object]
) -> Steps[Outcome]:
    """Calls the user's generator function and hands out what it yields, each item first to `made`.

    The outcome is what the generator returns, or raises; ClosedEarly where the consumer closed it; without a consumer,
    the list of its items.
    """
    items = fn(*args, **kwargs)
    is_async = hasattr(items, "asend")
    send, throw, close = (
        (items.asend, items.athrow, items.aclose) if is_async else (items.send, items.throw, items.close)
    )
    kept: list[Any] | None = None
    advance, given = send, None
    while True:
        outcome: Outcome = yield Attempt(advance, (given,), {})
        given = None
        if outcome.error is not None:
            if not isinstance(outcome.error, StopAsyncIteration if is_async else StopIteration):
                return outcome
            return Outcome(getattr(outcome.error, "value", None) if kept is None else kept)
        made(outcome.value)
        handed = HandOut(outcome.value)
        outcome = _TAKEN
        answer: Any = yield handed
        advance = send
        if answer is handed:
            kept = kept if kept is not None else []
            kept.append(handed.take())
        elif isinstance(answer.error, GeneratorExit):
            closed: Outcome = yield Attempt(close, (), {})
            is_clean = closed.error is None or isinstance(closed.error, LoopClosed)
            return Outcome(None, ClosedEarly() if is_clean else closed.error)
        elif answer.error is not None:
            advance, given = throw, answer.error
        else:
            given = answer.value
        answer = None  # An error that was thrown in leads to the consumer's frames.


_TAKEN: Final = Outcome()
