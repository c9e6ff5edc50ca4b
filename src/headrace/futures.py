"""Futures: what `submit` and `map` give at once, and what stands for the run wherever it is handed on.

Handed to a task or a flow, a future is waited for, and its result takes its place; returned from a flow, it becomes its
final state.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

from headrace._engine.resolving import replaced, with_states
from headrace._engine.returning import state_of
from headrace._engine.submissions import Call, Submission, dismissed
from headrace._engine.task_run import Ended
from headrace._kernel import clock
from headrace._kernel.drive import has_running_loop, run, run_async
from headrace._kernel.ids import id_text, new_id, task_run_of, to_uuid
from headrace._kernel.late import load
from headrace._kernel.places import lending
from headrace._kernel.pool import Job, Pool
from headrace._kernel.stand_ins import FUTURE, stands_in
from headrace._kernel.steps import join
from headrace._records import StateRecord

if TYPE_CHECKING:  # What a script that asks for no State, or for no future but ours, never needs.
    from concurrent.futures import Future

    from headrace.states import State

__all__ = [
    "DoneAndNotDoneFutures",
    "HeadraceConcurrentFuture",
    "HeadraceFlowRunFuture",
    "HeadraceFuture",
    "HeadraceFutureList",
    "PrefectConcurrentFuture",
    "PrefectFlowRunFuture",
    "PrefectFuture",
    "PrefectFutureList",
    "as_completed",
    "resolve_futures_to_results",
    "resolve_futures_to_states",
    "wait",
]

R = TypeVar("R")


class HeadraceFuture(ABC, Generic[R]):
    """A run that was submitted, and what it will come to."""

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        stands_in(cls, FUTURE)

    @property
    @abstractmethod
    def task_run_id(self) -> UUID:
        """The id of the task run."""

    @property
    @abstractmethod
    def state(self) -> "State[R]":
        """The state that the run is in now."""

    @property
    def has_ended(self) -> bool:
        """Whether the run has ended, or will never begin."""
        return self.state.is_final()

    @abstractmethod
    def wait(self, timeout: float | None = None) -> None:
        """Waits until the run has ended, or for `timeout` seconds."""

    @abstractmethod
    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """What the run returned; what it raised is raised, or returned with `raise_on_failure=False`.

        Raises TimeoutError where the run has not ended within `timeout` seconds, and UnfinishedRun where it never
        began, because what it was to wait for failed.
        """

    @abstractmethod
    def add_done_callback(self, fn: "Callable[[HeadraceFuture[R]], None]") -> None:
        """Calls `fn` with this future when the run has ended, in the thread that ended it; at once where it has."""


class HeadraceConcurrentFuture(Job, HeadraceFuture[R]):
    """A run on a thread of this process, from a task runner."""

    _kind: ClassVar[str] = "task"
    __slots__ = ("__weakref__", "_call", "_completed_at", "_index", "_outcome", "_run_id", "_submission")

    def __init__(self, pool: Pool, submission: Submission, index: int, call: Call | None) -> None:
        Job.__init__(self, pool)
        self._submission: Submission | None = submission  # until it begins
        self._index = index
        self._call = call
        self._run_id = new_id()
        # Most runs are Completed without more ado, and many may be held: of those we keep when, and the value.
        self._completed_at: int | None = None
        self._outcome: Any = None  # the value, or how else the run Ended

    @property
    def task_run_id(self) -> UUID:
        """The id of the task run."""
        return to_uuid(self._run_id)

    @property
    def has_ended(self) -> bool:
        """Whether the run has ended, or will never begin."""
        return self._has_ended

    @property
    def state(self) -> "State[R]":
        """The state that the run is in now: Pending, Running, or its last one."""
        if self._has_ended:
            return state_of(self._ended(), f"{self._kind}_run_id")
        state: Callable[[], State[R]] = load("pending_state") if self._submission is not None else load("running_state")
        return state()

    @property
    def wrapped_future(self) -> "Future[State[R]]":
        """A future of the standard library that comes to the run's final state."""
        from concurrent.futures import Future

        wrapped: Future[State[R]] = Future()
        wrapped.set_running_or_notify_cancel()
        self.call_back(lambda: wrapped.set_result(self.state))
        return wrapped

    def wait(self, timeout: float | None = None) -> None:
        """Waits until the run has ended, or for `timeout` seconds.

        A submitted run that waits for one that no thread has begun carries it out itself.
        """
        self.join(timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """What the run returned; see HeadraceFuture."""
        __tracebackhide__ = True
        if not self.join(timeout):
            kind = self._kind.capitalize()
            raise TimeoutError(f"{kind} run {id_text(self._run_id)} did not complete within {timeout} seconds")
        if self._completed_at is not None:
            return cast(R, self._outcome)
        ended: Ended = self._outcome
        if ended.error is not None and ended.state.type == "COMPLETED":
            raise ended.error  # An exit, or Ctrl-C, in one of its hooks; or its result was lost.
        return cast(R, self.state.result_here(raise_on_failure))

    def add_done_callback(self, fn: Callable[[HeadraceFuture[R]], None]) -> None:
        """Calls `fn` with this future when the run has ended, in the thread that ended it; at once where it has."""
        if self._has_ended:
            fn(self)
        else:
            self.call_back(lambda: fn(self))

    def perform(self) -> None:
        """Carries the run out."""
        submission, call = cast(Submission, self._submission), self._call
        index, self._index = self._index, 0  # A number of its own is an object of its own.
        self._submission = self._call = None
        ended = submission.run(self._run_id, index, call)
        state = ended.state
        if submission.tally is not None:
            submission.tally.end(state.type)
        if ended.error is None and state == StateRecord(1, 2, "COMPLETED", "Completed", state.at):
            self._completed_at, self._outcome = state.at, ended.value
        else:
            self._outcome = ended

    def dismiss(self) -> None:
        """Ends a run that never began."""
        submission, self._submission, self._call = self._submission, None, None
        self._outcome = dismissed(self._run_id)
        if submission is not None and submission.tally is not None:
            submission.tally.end("CANCELLED")

    def fits_here(self) -> bool:
        """Whether this thread could carry the run out now: not beside a loop, where none could begin another."""
        submission = self._submission
        return submission is not None and submission.runnable.timeout_seconds is None and not has_running_loop()

    def _ended(self) -> Ended:
        if self._completed_at is None:
            return self._outcome
        state = StateRecord(1, 2, "COMPLETED", "Completed", self._completed_at)
        return Ended(self._run_id, state, self._outcome, None)


class HeadraceFlowRunFuture(HeadraceConcurrentFuture[R]):
    """A submitted run of a flow, on a thread of this process."""

    _kind: ClassVar[str] = "flow"
    __slots__ = ()

    @property
    def flow_run_id(self) -> UUID:
        """The id of the flow run."""
        return to_uuid(self._run_id)

    @property
    def task_run_id(self) -> UUID:
        """The id of the task run that shows it in the flow run that submitted it."""
        return to_uuid(task_run_of(self._run_id))

    async def wait_async(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as `wait`
        """Waits, beside what else the loop does, until the run has ended, or for `timeout` seconds."""
        import asyncio  # 45 ms: paid only by programs that run a loop, which have paid it already.

        with suppress(TimeoutError):
            await asyncio.wait_for(run_async(join((self,))), timeout)

    async def aresult(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:  # noqa: ASYNC109 - as above
        """What the run returned, waited for beside what else the loop does; see `result`."""
        __tracebackhide__ = True
        await self.wait_async(timeout)
        return self.result(None if timeout is None else 0, raise_on_failure)


class HeadraceFutureList(list[HeadraceFuture[R]]):
    """The futures of a map, in the order of its items."""

    def wait(self, timeout: float | None = None) -> None:
        """Waits until all of them have ended, or for `timeout` seconds."""
        wait(self, timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:
        """The results of all of them; TimeoutError where they take longer than `timeout` seconds altogether."""
        deadline = None if timeout is None else clock.monotonic() + timeout
        return [future.result(_left(deadline), raise_on_failure) for future in self]


# By the names that users import.
PrefectFuture = HeadraceFuture
PrefectConcurrentFuture = HeadraceConcurrentFuture
PrefectFlowRunFuture = HeadraceFlowRunFuture
PrefectFutureList = HeadraceFutureList


class DoneAndNotDoneFutures(NamedTuple, Generic[R]):
    """What `wait` found."""

    done: set[HeadraceFuture[R]]
    not_done: set[HeadraceFuture[R]]


def wait(futures: Iterable[HeadraceFuture[R]], timeout: float | None = None) -> DoneAndNotDoneFutures[R]:
    """Waits until all of them have ended, or for `timeout` seconds; says which have."""
    waited = list(futures)
    deadline = None if timeout is None else clock.monotonic() + timeout
    for future in waited:
        future.wait(_left(deadline))
    done = {future for future in waited if future.has_ended}
    return DoneAndNotDoneFutures(done, set(waited) - done)


def as_completed(
    futures: Iterable[HeadraceFuture[R]], timeout: float | None = None
) -> Generator[HeadraceFuture[R], None, None]:
    """The futures as their runs end, each once; TimeoutError where some have not within `timeout` seconds."""
    waited = dict.fromkeys(futures)
    deadline = None if timeout is None else clock.monotonic() + timeout
    ended: list[HeadraceFuture[R]] = []
    another = threading.Semaphore(0)

    def note(future: HeadraceFuture[R]) -> None:
        ended.append(future)
        another.release()

    def another_in_time() -> bool:
        return another.acquire(timeout=_left(deadline))

    for future in waited:
        future.add_done_callback(note)
    for given in range(len(waited)):
        if not another.acquire(blocking=False) and not lending(another_in_time, waited):
            raise TimeoutError(f"{len(waited) - given} (of {len(waited)}) futures unfinished")
        yield ended[given]


def resolve_futures_to_states(expr: Any) -> Any:
    """The same expression with the final states of futures in their places; waits for them."""
    return run(with_states(expr))


def resolve_futures_to_results(expr: Any) -> Any:
    """The same expression with the results of futures in their places; waits for them, and raises what one raised."""
    return run(replaced(expr, lambda future: future.result()))


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else max(0.0, deadline - clock.monotonic())
