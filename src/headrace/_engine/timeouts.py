"""Time-outs: an attempt of a run that has so many seconds, and what becomes of what it leaves behind.

A call has its time in its own thread, which is interrupted as soon as Python can (see deadlines.py); where that takes
long, the end of the run is recorded before. A run that was submitted has it in a thread of its own, and is left to
itself at the deadline: the thread of the pool goes on at once. What an attempt called directly ends with it; what it
submitted is its flow run's.
"""

import signal
import sys
from _thread import get_ident
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from typing import Any, Final, Protocol

from headrace._engine.conclusions import CANCELLED_WITH_ITS_PARENT, Conclusion
from headrace._engine.severing import Part
from headrace._kernel.crashes import Cancelled, Expired
from headrace._kernel.current import FlowFrame, Frame, TaskFrame, innermost, runnable_of, twin_of
from headrace._kernel.deadlines import Deadline, limited_steps
from headrace._kernel.drive import outcome_of, unwrapped
from headrace._kernel.late import load
from headrace._kernel.places import do_apart
from headrace._kernel.steps import Outcome, Steps, attempt, block, iterate
from headrace._kernel.tracebacks import is_ours
from headrace.exceptions import FlowRunTimeoutError, TaskRunTimeoutError

__all__ = ["TimedAttempt", "kill_stuck_process", "timed_out"]

_SPARE_SECONDS: Final = 0.1  # for code that Python can interrupt, and that says where it was
_STUCK_SECONDS: Final = 1.0
_LEAVING_SECONDS: Final = 1.0


class Settled(Protocol):
    def __call__(self, frame: Frame, outcome: Outcome, within: Callable[..., Any]) -> Steps[Outcome]: ...


class TimedAttempt:
    """One attempt of a run, with a frame of its own: it leads to no other attempt, whatever its code does later.

    `on_overdue` records the end of the run, from another thread, where the call cannot be interrupted in time, and the
    run is not tried again. With `is_apart`, the attempt has a thread of its own.
    """

    __slots__ = ("_deadline", "_is_apart", "_outside", "_part", "_was_left", "frame")

    def __init__(self, frame: Frame, on_overdue: Callable[[Conclusion], object], is_apart: bool) -> None:
        self._outside = frame
        self._part = Part(frame.session)
        self.frame = twin_of(frame, self._part)
        self._is_apart = is_apart
        self._was_left = False
        runnable = runnable_of(frame)
        is_last = runnable.retry is None or not runnable.retry.has_retries_left(frame.run_count)

        def overdue() -> None:
            self._sever()
            on_overdue(Conclusion("FAILED", "TimedOut", self._message))

        self._deadline = Deadline(runnable.timeout_seconds, self._error, overdue if is_last and not is_apart else None)

    def call(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], made: Callable[[Any], object]
    ) -> Steps[Outcome]:
        """Calls the run's function, or iterates over it; its time-out is an error of the outcome."""
        runnable = runnable_of(self.frame)
        innermost.set(self.frame)
        try:
            if not runnable.isgenerator:
                outcome = yield from attempt(self._limited(fn, runnable.isasync), args, kwargs)
            elif runnable.isasync and self._is_apart:
                outcome = yield from attempt(self._limited(partial(_listed, fn, made), is_async=True), args, kwargs)
            else:
                outcome = yield from iterate(partial(self._items, fn, runnable.isasync), args, kwargs, made)
        finally:
            if innermost.get() is self.frame:  # See flow_run.py: a coroutine may be closed in another context.
                innermost.set(self._outside)
        if self._was_left and outcome.error is not None:
            outcome.error.__traceback__ = None  # It leads to where we waited; a note says where the code is.
        if type(self.frame) is TaskFrame:
            self._end()
        return outcome

    def settled(self, outcome: Outcome) -> Steps[Outcome]:
        """Waits for what an attempt of a flow has submitted, which has no more time than the flow; else leaves it."""
        runner = self.frame.runner if type(self.frame) is FlowFrame else None
        if not self._deadline.has_passed:
            settled: Settled = load("settled")
            outcome = yield from settled(self.frame, outcome, self._deadline.call)
            if self._deadline.has_passed and outcome.error is not None:
                outcome.error.__traceback__ = None  # It leads to where we waited, and to no line of the user's.
        if self._deadline.has_passed and runner is not None:
            yield from block(partial(_leave, runner))
        elif isinstance(outcome.error, Cancelled):
            self._part.sever(CANCELLED_WITH_ITS_PARENT)
        self._end()
        return outcome

    def _limited(self, fn: Callable[..., Any], is_async: bool) -> Callable[..., Any]:
        """`fn`, in what is left of the time."""
        if self._is_apart:
            return lambda *args, **kwargs: self._call_apart(fn, args, kwargs, is_async)
        limited = self._deadline.await_ if is_async else self._deadline.call
        return lambda *args, **kwargs: limited(fn, args, kwargs)

    def _items(self, fn: Callable[..., Any], is_async: bool, *args: Any, **kwargs: Any) -> Any:
        """The generator of `fn`, each of whose steps takes from the time."""
        return limited_steps(fn(*args, **kwargs), is_async, self._limited)

    def _call_apart(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], is_async: bool) -> Any:
        """Calls `fn` in a thread of its own, and leaves that to itself where the time is up."""
        told: list[Outcome] = []
        threads: list[int] = []
        limited = self._deadline.call if not is_async else self._deadline.await_here
        context = copy_context()

        def work() -> None:
            threads.append(get_ident())
            told.append(outcome_of(context.run, limited, fn, args, kwargs))

        with _stuck_process_killed(self._deadline.left):
            is_done = do_apart(work, self._deadline.left + _SPARE_SECONDS)
        if not is_done:
            self._deadline.has_passed = self._was_left = True
            error = self._error()
            if place := _place_of(threads):
                error.add_note(place)
            raise error
        return unwrapped(told)

    def _end(self) -> None:
        """Ends the attempt: what it called, and has not ended, ends with it where its time was up."""
        if self._deadline.has_passed:
            self._sever()
        self._part.end()

    def _sever(self) -> None:
        self._part.sever(Conclusion("CRASHED", "Crashed", f"The run was left where it was. {self._message}."))

    def _error(self) -> Exception:
        return timed_out(self.frame)

    @property
    def _message(self) -> str:
        return str(self._error())


def timed_out(frame: Frame) -> Exception:
    """The error of a run whose time is up."""
    kind, error = ("Task", TaskRunTimeoutError) if type(frame) is TaskFrame else ("Flow", FlowRunTimeoutError)
    return error(f"{kind} run exceeded timeout of {runnable_of(frame).timeout_seconds} second(s)")


_kills_stuck_process = False


def kill_stuck_process() -> None:
    """Lets SIGALRM end this process, one of a pool, where code that keeps the interpreter to itself exceeds its time.

    No thread can act on it then, and the process has nothing else to do.
    """
    global _kills_stuck_process
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _kills_stuck_process = True


@contextmanager
def _stuck_process_killed(seconds: float) -> Generator[None]:
    if not _kills_stuck_process:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds + _STUCK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


async def _listed(fn: Callable[..., Any], made: Callable[[Any], object], *args: Any, **kwargs: Any) -> list[Any]:
    items: list[Any] = []
    async for item in fn(*args, **kwargs):
        made(item)
        items.append(item)
    return items


def _leave(runner: Any) -> None:
    """Ends a task runner that nobody waits for: what has begun is interrupted where it can be, and then left."""
    with suppress(TimeoutError):
        Deadline(_LEAVING_SECONDS, TimeoutError).call(runner.__exit__, (Expired, Expired(), None))


def _place_of(threads: list[int]) -> str:
    """Where the code is that a thread was left with."""
    frame = sys._current_frames().get(threads[0]) if threads else None  # pyright: ignore[reportPrivateUsage] - there is no other
    while frame is not None and is_ours(frame.f_code):
        frame = frame.f_back
    if frame is None:
        return ""
    return f"Its code was left at line {frame.f_lineno} of {frame.f_code.co_filename}, in {frame.f_code.co_name}."
