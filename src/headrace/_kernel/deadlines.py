"""Deadlines: code that is interrupted when its time is up, in whatever thread it runs.

In the main thread that is a signal, which ends waiting too; elsewhere an exception that the interpreter raises between
two of its steps, so that code which waits outside of Python notices late. What interrupts is no Exception, as a
cancellation is none: code that goes on after any error ends all the same.

A cancellation is a deadline that nobody knows before: its time is up when somebody says so.
"""

import math
import os
import signal
import sys
import threading
from _thread import LockType, allocate_lock, get_ident, start_new_thread
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from types import FrameType, SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar, Final
from weakref import ref

from headrace._kernel import clock, late
from headrace._kernel.crashes import CANCELLATION_MARK, Cancelled, Expired

if TYPE_CHECKING:  # 45 ms: see Deadline.await_.
    import asyncio

    from headrace._kernel.alarms import Alarm

__all__ = ["Cancellation", "Deadline", "gate_opened", "is_limited", "is_out_of_time", "limited_steps"]

_GRACE_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.05
_LOOK_FOR_CANCELLATION_SECONDS: Final = 0.5

# Ignored where nobody handles it, so that one that comes late ends no process.
_SIGNAL: Final = signal.SIGURG


_scopes: "ContextVar[tuple[asyncio.Timeout, ...]]" = ContextVar("headrace_deadlines", default=())
"""The deadlines of the coroutine at hand, and of those that it is awaited by."""


class _Here(threading.local):
    """The deadlines of this thread, the outermost first."""

    def __init__(self) -> None:
        self.deadlines: list[Deadline] = []


_here = _Here()


class Deadline:
    """So many seconds for one piece of code, or for several in turn: the time between them does not count.

    Code that passes it ends with the exception that `error` makes; `on_overdue` is called from another thread where it
    has not ended a second later, as code that waits outside of Python.
    """

    __slots__ = ("_alarm", "_error", "_is_over", "_left", "_lock", "_on_overdue", "_thread", "has_passed")

    interruption: ClassVar[type[Expired]] = Expired

    def __init__(
        self, seconds: float, error: Callable[[], BaseException], on_overdue: Callable[[], object] | None = None
    ) -> None:
        self.has_passed = False
        self._left = seconds
        self._error = error
        self._on_overdue = on_overdue
        self._lock = allocate_lock()
        self._is_over = True
        self._thread = 0
        self._alarm: Alarm | None = None

    @property
    def left(self) -> float:
        """How many seconds there are left, while no code uses them up."""
        return max(self._left, 0)

    def call(self, fn: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        """Calls `fn` here, and interrupts it when the time is up."""
        began = clock.machine_seconds()
        try:
            try:
                self._enter()
                value = fn(*args, **(kwargs or {}))
            finally:
                self._leave(began)
            if self.has_passed:  # It went on after it was interrupted.
                raise self.interruption
            return value
        except Expired as expired:
            self._leave(began)  # The first time, it may have been interrupted itself.
            if _expired() is not None or not self.has_passed:  # The time of the code around is up.
                raise
            raise self._error().with_traceback(expired.__traceback__) from None
        except Exception as error:
            if not self.has_passed:
                raise
            raise self._error() from error

    async def await_(self, fn: Callable[..., Awaitable[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Awaits what `fn` gives, and cancels it when the time is up."""
        import asyncio  # 45 ms: paid by programs that run a loop.

        began = clock.machine_seconds()
        self._is_over = False
        self._alarm = _set_alarm(self.left + _GRACE_SECONDS, self._tell_overdue)
        scope = asyncio.timeout(self.left)
        around = _scopes.get()
        _scopes.set((*around, scope))
        try:
            async with scope:
                value = await fn(*args, **kwargs)
            if self._end(began):  # It blocked its loop, and had something to give at last.
                raise self._error()
            return value
        except TimeoutError as error:
            if not scope.expired():
                raise
            self.has_passed = True
            cancelled = error.__cause__ or error
            raise self._error().with_traceback(cancelled.__traceback__) from None
        finally:
            _scopes.set(around)
            self._end(began)

    def await_here(self, fn: Callable[..., Awaitable[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The same in a thread without a loop."""
        import asyncio  # As above.

        return asyncio.run(self.await_(fn, args, kwargs))

    def _enter(self) -> None:
        self._thread = get_ident()
        self._is_over = False
        _here.deadlines.append(self)
        if self._is_in_main_thread():
            _urgent.listen()
        if self._left != math.inf:
            self._alarm = _set_alarm(self.left, self._pass)

    def _leave(self, began: float) -> None:
        if self._end(began) and not self._is_in_main_thread():
            _withdraw(self._thread)
        if self in _here.deadlines:
            _here.deadlines.remove(self)
            if self._is_in_main_thread():
                _urgent.leave()
            elif self.has_passed and (around := _expired()) is not None:
                # What was sent for the code around has been withdrawn, or met this code.
                raise around.interruption

    def _end(self, began: float) -> bool:
        """Notes that the code has ended, after which nothing interrupts it; whether it had to be."""
        with self._lock:
            if not self._is_over:
                self._is_over = True
                self._left -= clock.machine_seconds() - began
                self.has_passed = self.has_passed or self._left < 0  # Alarms may be late.
            if self._alarm is not None:
                self._alarm.cancel()
        return self.has_passed

    def _pass(self) -> None:
        with self._lock:
            if self._is_over:
                return
            if not self.has_passed:
                self.has_passed = True
                self._alarm = _set_alarm(_GRACE_SECONDS, self._tell_overdue)
            else:  # The code took the interruption for an error that it can live with.
                self._alarm = _set_alarm(_AGAIN_SECONDS, self._pass)
            self._interrupt()

    def interrupt_again(self) -> None:
        """Interrupts the code, from another thread, a moment after an interruption was lost."""
        gate = allocate_lock()
        gate.acquire()
        gate.acquire(timeout=_LOOK_SECONDS)
        with self._lock:
            if not self._is_over:
                self._interrupt()

    def _interrupt(self) -> None:
        if self._is_in_main_thread():
            signal.pthread_kill(self._thread, _SIGNAL)
        else:
            _send(self._thread, self.interruption)

    def _tell_overdue(self) -> None:
        with self._lock:
            if self._is_over:
                return
            self.has_passed = True
            if self._on_overdue is not None:
                self._on_overdue()
            if self._thread:
                self._alarm = _set_alarm(_AGAIN_SECONDS, self._pass)

    def _is_in_main_thread(self) -> bool:
        return self._thread == threading.main_thread().ident

    def forked(self) -> None:
        """In a forked child: nobody sets off alarms, or holds the lock, any more."""
        self._lock = allocate_lock()


def _no_task() -> None:
    return None


class Cancellation(Deadline):
    """By which somebody can cancel one piece of code, or several in turn: what goes on or begins then is Cancelled."""

    __slots__ = ("_task", "_was_told", "message")

    interruption = Cancelled

    def __init__(self) -> None:
        super().__init__(math.inf, Cancelled)
        self.message: str | None = None
        self._task: Callable[[], Any] = _no_task  # a weak reference: a task whose loop is gone shall be collected
        self._was_told = False

    @property
    def place(self) -> object:
        """The loop, or the thread, in which the code is; None where it is nowhere at the moment."""
        if (task := self._task()) is not None:
            return task.get_loop()
        return None if self._is_over else self._thread

    def cancel(self, message: str | None) -> None:
        """Cancels the code, from another thread; `message` says why."""
        self.message = message
        self.has_passed = True
        if (task := self._task()) is None:
            self._pass()
        else:
            with suppress(RuntimeError):  # The loop was closed, and what it ran has ended.
                task.get_loop().call_soon_threadsafe(self._cancel_task)

    def unless_cancelled(self, work: Callable[[], Any]) -> Any:
        """Does work that has to be done in any case: what is cancelled already does not interrupt it."""
        return work() if self.has_passed else self.call(work)

    async def await_(self, fn: Callable[..., Awaitable[Any]], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Awaits what `fn` gives, unless it is cancelled."""
        import asyncio  # As above.

        task = asyncio.current_task()
        self._task = ref(task) if task is not None else _no_task
        try:
            value = await fn(*args, **kwargs) if not self.has_passed else None
            if self.has_passed:
                raise Cancelled
            return value
        except asyncio.CancelledError as error:
            if not self.has_passed or (task is not None and task.cancelling() > self._was_told):
                raise  # The program cancels it as well, or alone.
            raise Cancelled().with_traceback(error.__traceback__) from None
        except Exception as error:
            if not self.has_passed:
                raise
            raise Cancelled from error
        finally:
            self._task = _no_task
            if self._was_told and task is not None:
                task.uncancel()
            self._was_told = False

    def _enter(self) -> None:
        super()._enter()
        if self.has_passed:
            raise Cancelled

    def _cancel_task(self) -> None:
        if (task := self._task()) is not None and not self._was_told:
            self._was_told = True
            task.cancel(CANCELLATION_MARK)


def limited_steps(
    items: Any, is_async: bool, limited: Callable[[Callable[..., Any], bool], Callable[..., Any]]
) -> SimpleNamespace:
    """A generator each of whose steps is `limited`."""
    steps = ("asend", "athrow", "aclose") if is_async else ("send", "throw", "close")
    return SimpleNamespace(**{step: limited(getattr(items, step), is_async) for step in steps})


class _Urgent:
    """The signal that interrupts the main thread, listened to while that is in code with a deadline."""

    def __init__(self) -> None:
        self._listeners = 0
        self._before: Any = None
        self._hook = self._lose  # one object, by which it is known again
        self._hook_before = sys.unraisablehook

    def listen(self) -> None:
        if self._listeners == 0:
            self._before = signal.signal(_SIGNAL, self._come)
            self._hook_before, sys.unraisablehook = sys.unraisablehook, self._hook
        self._listeners += 1

    def leave(self) -> None:
        self._listeners -= 1
        if self._listeners == 0:
            signal.signal(_SIGNAL, signal.SIG_DFL if self._before is None else self._before)
            if sys.unraisablehook is self._hook:  # Nobody has set another one meanwhile.
                sys.unraisablehook = self._hook_before

    def _come(self, number: int, frame: FrameType | None) -> None:
        if (expired := _expired()) is not None:
            raise expired.interruption
        if callable(self._before):
            self._before(number, frame)

    def _lose(self, lost: "sys.UnraisableHookArgs") -> None:
        """Takes what the interpreter leaves of an error in a destructor, or in a callback as of weak references."""
        if isinstance(lost.exc_value, Expired) and (expired := _expired()) is not None:
            # By a thread of its own: an alarm has a lock, which code that was interrupted may hold.
            start_new_thread(expired.interrupt_again, ())
        else:
            self._hook_before(lost)


_urgent = _Urgent()


def _set_alarm(seconds: float, ring: Callable[[], object]) -> "Alarm":
    set_alarm: Callable[..., Alarm] = late.load("set_alarm")  # 1 ms, and most code has no deadline.
    return set_alarm(seconds, ring)


def is_limited() -> bool:
    """Whether the code at hand has so many seconds, set in this thread."""
    return any(each.left != math.inf for each in _here.deadlines)


def is_out_of_time() -> bool:
    """Whether a deadline has cancelled the coroutine at hand, or one that it is awaited by."""
    return any(scope.expired() for scope in _scopes.get())


def gate_opened(gate: LockType, timeout: float | None = None) -> bool:
    """Waits at a gate, at most `timeout` seconds; whether it opened. A deadline ends it in any thread."""
    seconds = threading.TIMEOUT_MAX if timeout is None else min(max(timeout, 0), threading.TIMEOUT_MAX)
    if not _here.deadlines or get_ident() == threading.main_thread().ident:  # There, a signal ends it.
        return gate.acquire(timeout=seconds)
    until = clock.machine_seconds() + seconds
    # Thousands of subflows may wait, which can only be cancelled: they look seldom.
    look = _LOOK_SECONDS if is_limited() else _LOOK_FOR_CANCELLATION_SECONDS
    while not gate.acquire(timeout=min(look, max(until - clock.machine_seconds(), 0))):
        if clock.machine_seconds() >= until:
            return False
    return True


def _expired() -> Deadline | None:
    """The outermost deadline of this thread that has passed, while the code under it goes on."""
    return next((each for each in _here.deadlines if each.has_passed), None)


def _send(thread: int, interruption: type[Expired]) -> None:
    import ctypes  # 5 ms, and most deadlines are kept.

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(interruption))


def _withdraw(thread: int) -> None:
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None)


def _forked() -> None:
    for deadline in _here.deadlines:
        deadline.forked()


os.register_at_fork(after_in_child=_forked)
