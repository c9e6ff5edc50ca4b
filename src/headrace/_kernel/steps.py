"""Steps: a conversation written once as a generator, which two drivers carry out (`drive.py`).

A step yields an effect and gets back what it came to. Never yield bare: `yield from` a helper of this module, so that
the result has a type. There are three effects, and drivers know each of them:

- `attempt`: call the user's function; both what it returns and what it raises come back, as an Outcome.
- `block`: our own blocking work (a barrier); off the loop in the async face; what it raises is raised in the step.
- `pause`: wait for some seconds.
"""

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar, final

__all__ = ["Attempt", "Block", "Effect", "Outcome", "Pause", "Steps", "attempt", "block", "pause"]

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


@final
class Pause:
    """Let `seconds` go by."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


Effect = Attempt | Block | Pause
Steps = Generator[Effect, Any, R]


def attempt(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Steps[Outcome]:
    """Calls the user's function; what it raises comes back as a value, with the user's frames in its traceback."""
    return (yield Attempt(fn, args, kwargs))


def block(work: Callable[[], R]) -> Steps[R]:
    """Does blocking work of our own."""
    return (yield Block(work))


def pause(seconds: float) -> Steps[None]:
    """Waits."""
    yield Pause(seconds)
