"""Task runners: where the runs of tasks and subflows are carried out that a flow submits and maps."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, Self, TypeVar, cast

from headrace._engine.mapping import mapped
from headrace._engine.resolving import Inputs, resolved, stand_ins
from headrace._engine.signals import patience_with
from headrace._engine.submissions import Submission
from headrace._kernel.crashes import Expired
from headrace._kernel.drive import run
from headrace._kernel.late import load
from headrace._kernel.pool import Pool
from headrace._kernel.stand_ins import ANNOTATION, STAND_INS
from headrace.exceptions import UnfinishedRun
from headrace.futures import HeadraceConcurrentFuture, HeadraceFlowRunFuture, HeadraceFuture, HeadraceFutureList
from headrace.logging import get_logger
from headrace.logging.console import Console
from headrace.logging.routes import log_routes
from headrace.settings import get_current_settings

if TYPE_CHECKING:  # A runner is handed tasks, and stands below them.
    from headrace.client.schemas.objects import TaskRunResult

__all__ = ["ConcurrentTaskRunner", "ProcessPoolTaskRunner", "TaskRunner", "ThreadPoolTaskRunner"]

_logger = get_logger("task_runner.threadpool")

_FUTURES: Final[dict[str, type[HeadraceConcurrentFuture[Any]]]] = {
    "task": HeadraceConcurrentFuture,
    "flow": HeadraceFlowRunFuture,
}

F = TypeVar("F", bound=HeadraceFuture[Any])
Dependencies = dict[str, set["TaskRunResult"]]


class Pooled(Protocol):
    """The processes of a task runner."""

    def submission(
        self, task: Any, parameters: Callable[[int], dict[str, Any]], upstream: Any, inputs: Inputs
    ) -> Submission: ...
    def interrupt(self) -> None: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


class Tally(Protocol):
    """What counts runs: see `_engine/progress.py`."""

    def forget(self, runs: int) -> None: ...


class Progress(Protocol):
    """How far runs are, for a person at a terminal."""

    def tally(self, name: str, runs: int) -> Tally: ...
    def tell(self) -> None: ...


OpenPooled = Callable[[Callable[..., object] | None, tuple[Any, ...]], Pooled]


class TaskRunner(ABC, Generic[F]):
    """Carries out runs of tasks and subflows, between `__enter__` and `__exit__`.

    Each flow run calls these on a duplicate of its own.
    """

    @property
    def name(self) -> str:
        """What kind of runner this is, in lower case: `threadpool`."""
        return type(self).__name__.lower().replace("taskrunner", "")

    @abstractmethod
    def duplicate(self) -> Self:
        """Another runner with the same options, which has not been entered."""

    @abstractmethod
    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: Dependencies | None = None,
    ) -> F:
        """Asks for a run of `task` with these parameters by name, once what it takes and `wait_for` have ended.

        `task` may be a flow, whose run is then a subflow of the one that submits it.
        """

    def map(
        self, task: Any, parameters: dict[str, Any], wait_for: Iterable[Any] | None = None
    ) -> HeadraceFutureList[Any]:
        """Asks for a run of `task` for each item of what can be iterated over among `parameters`.

        Raises MappingMissingIterable where there is none, and MappingLengthMismatch where two of them differ in length.
        """
        calls = mapped(task.binder, _known(parameters)[0])
        return HeadraceFutureList(self.submit(task, calls.parameters(index), wait_for) for index in range(calls.length))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Waits for all runs that were asked for."""


class _PoolTaskRunner(TaskRunner[HeadraceConcurrentFuture[Any]]):
    """Runs so many tasks at a time, each from a thread of this process."""

    def __init__(self, max_workers: int | None = None) -> None:
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"A task runner needs at least one worker, but `max_workers` is {max_workers}.")
        self._max_workers = max_workers
        self._pool: Pool | None = None
        self._progress: Progress | None = None

    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: Dependencies | None = None,
    ) -> HeadraceConcurrentFuture[Any]:
        """Queues a run; see TaskRunner."""
        inputs = tuple(
            (name, tuple(sorted(found.id.bytes for found in results))) for name, results in (dependencies or {}).items()
        )
        return self._submit(self._submission(task, lambda _: parameters, _listed(wait_for), inputs), 1)[0]

    def map(
        self, task: Any, parameters: dict[str, Any], wait_for: Iterable[Any] | None = None
    ) -> HeadraceFutureList[Any]:
        """Queues a run for each item; see TaskRunner."""
        given, inputs = _known(parameters)
        calls = mapped(task.binder, given)
        submission = self._submission(task, calls.parameters, _listed(wait_for), inputs)
        return HeadraceFutureList(self._submit(submission, calls.length))

    def cancel_all(self) -> None:
        """Drops the runs that have not begun: their futures end as Cancelled."""
        if self._pool is not None:
            self._pool.close()

    def __enter__(self) -> Self:
        if self._pool is not None:
            raise RuntimeError("This task runner has been entered already: enter a duplicate().")
        self._pool = self._opened()
        self._progress = _progress()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Waits for all runs; where the flow was interrupted, for those that have begun."""
        if self._pool is not None:
            self._settle(self._pool, error)

    def _settle(self, pool: Pool, error: BaseException | None) -> bool:
        """Waits for all runs; whether they have ended."""
        patience = None
        if error is not None and not isinstance(error, Exception):
            pool.close()
            patience = patience_with(error)
            if pool.is_busy and patience != 0 and not isinstance(error, Expired):
                _logger.warning("Waiting for the task runs that have begun: interrupt once more to leave them.")
        have_ended = pool.settle(patience)
        pool.close()
        if self._progress is not None:
            self._progress.tell()
        return have_ended

    @abstractmethod
    def _opened(self) -> Pool:
        """The threads, and what else the runs need."""

    def _submission(
        self, task: Any, parameters: Callable[[int], dict[str, Any]], upstream: Any, inputs: Inputs
    ) -> Submission:
        """What is asked for here, before it is queued."""
        return Submission(task, parameters, upstream, inputs)

    def _submit(self, submission: Submission, runs: int) -> list[HeadraceConcurrentFuture[Any]]:
        """Queues so many runs."""
        if self._progress is None:
            return [self._queued(submission, index) for index in range(runs)]
        submission.tally = self._progress.tally(submission.runnable.name, runs)
        futures: list[HeadraceConcurrentFuture[Any]] = []
        try:
            futures.extend(self._queued(submission, index) for index in range(runs))
        except BaseException:
            submission.tally.forget(runs - len(futures))
            raise
        return futures

    def _queued(self, submission: Submission, index: int) -> HeadraceConcurrentFuture[Any]:
        pool = self._pool
        if pool is None:
            raise _not_entered()
        call = submission.call(index)
        future = _FUTURES[submission.runnable.kind](pool, submission, index, call)
        if call is None or not call.pending:
            pool.add(future)
        else:
            pool.expect(future, call.pending)
            _add_after(call.pending, pool, future)
        return future


class ThreadPoolTaskRunner(_PoolTaskRunner):
    """Runs tasks on threads of this process: `max_workers` at a time, by default as many as it takes.

    The default is the setting HEADRACE_TASKS_RUNNER_THREAD_POOL_MAX_WORKERS. Without either, threads are added while
    runs wait and the processor does not. A task that waits for runs that it has submitted counts as none meanwhile.
    """

    def duplicate(self) -> Self:
        """Another runner with as many workers."""
        return type(self)(self._max_workers)

    def _opened(self) -> Pool:
        return Pool(self._max_workers or get_current_settings().tasks.runner.thread_pool_max_workers)


ConcurrentTaskRunner = ThreadPoolTaskRunner


class ProcessPoolTaskRunner(_PoolTaskRunner):
    """Runs tasks in other processes: `max_workers` at a time, by default one for each processor.

    The default is the setting HEADRACE_TASKS_RUNNER_PROCESS_POOL_MAX_WORKERS. Processes are fresh interpreters, which
    start when they are needed, call `initializer(*initargs)`, and end with the flow run; they do not run the script
    again, so it needs no `if __name__ == "__main__"`. Tasks, arguments and results are pickled by cloudpickle.

    Where a process is killed, the run that it was at is Crashed, and the others go on. A run that had just ended stays
    what it came to, and asking for its result raises MissingResult. Runs that a task submits are carried out on threads
    of its process.

    Subflows are carried out beside them, on threads of this process as a ThreadPoolTaskRunner has them: what a flow
    does is to ask for runs and to wait for them, and it has a task runner of its own, which may be one of processes.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(max_workers)
        self._initializer = initializer
        self._initargs = tuple(initargs)
        self._pooled: Pooled | None = None
        self._beside = ThreadPoolTaskRunner()  # where subflows run

    def duplicate(self) -> Self:
        """Another runner with the same options."""
        return type(self)(self._max_workers, initializer=self._initializer, initargs=self._initargs)

    def submit(
        self,
        task: Any,
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: Dependencies | None = None,
    ) -> HeadraceConcurrentFuture[Any]:
        """Queues a run; see TaskRunner."""
        submit = self._beside.submit if task.kind == "flow" else super().submit
        return submit(task, parameters, wait_for, dependencies)

    def map(
        self, task: Any, parameters: dict[str, Any], wait_for: Iterable[Any] | None = None
    ) -> HeadraceFutureList[Any]:
        """Queues a run for each item; see TaskRunner."""
        return (self._beside.map if task.kind == "flow" else super().map)(task, parameters, wait_for)

    def cancel_all(self) -> None:
        """Drops the runs that have not begun: their futures end as Cancelled."""
        super().cancel_all()
        self._beside.cancel_all()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Waits for all runs; where the flow was interrupted, interrupts tasks that have begun. Ends the processes."""
        if self._pool is None or self._pooled is None:
            return
        is_interrupted, have_ended = error is not None and not isinstance(error, Exception), False
        if is_interrupted:
            self._pooled.interrupt()
            self.cancel_all()
        try:
            have_ended = self._settle(self._pool, error)
            self._beside.__exit__(kind, error, traceback)
        finally:
            if is_interrupted and not have_ended:
                self._pooled.kill()
        self._pooled.close()

    def _opened(self) -> Pool:
        open_pooled: OpenPooled = load("pooled")
        self._pooled = open_pooled(self._initializer, self._initargs)
        self._beside.__enter__()
        most = self._max_workers or get_current_settings().tasks.runner.process_pool_max_workers
        return Pool(most or os.cpu_count() or 1)

    def _submission(
        self, task: Any, parameters: Callable[[int], dict[str, Any]], upstream: Any, inputs: Inputs
    ) -> Submission:
        if self._pooled is None:
            raise _not_entered()
        return self._pooled.submission(task, parameters, upstream, inputs)


def _progress() -> Progress | None:
    """What shows how far runs are; None where nobody looks, or wants to."""
    settings = get_current_settings()
    if not settings.logging.progress or not (console := log_routes(settings).console).is_screen():
        return None
    open_progress: Callable[[Console], Progress | None] = load("progress")
    return open_progress(console)


def _not_entered() -> RuntimeError:
    return RuntimeError("This task runner has not been entered: use it in a `with` statement.")


def _add_after(pending: list[Any], pool: Pool, future: HeadraceConcurrentFuture[Any]) -> None:
    """Queues a run once these futures have ended. No thread waits for that."""
    left = iter(range(len(pending) - 1, -1, -1))

    def one_less(_: Any) -> None:
        if next(left) == 0:  # One step of an iterator is atomic: one of the callbacks is the last.
            pool.add(future)

    for each in pending:
        each.add_done_callback(one_less)


def _known(parameters: dict[str, Any]) -> tuple[dict[str, Any], Inputs]:
    """These parameters with results for futures and states that are to be mapped over, and where those come from.

    It waits for such a future: how many runs there will be is known by its result.
    """
    found = [
        each for each in (stand_ins(parameters) if STAND_INS else ()) if not each.inside and each.role != ANNOTATION
    ]
    if not found:
        return parameters, ()
    # Not what is `unmapped`, which would be so no longer.
    given = run(resolved(found, {each.parameter: parameters[each.parameter] for each in found}))
    if given.not_ready is not None:
        raise UnfinishedRun(f"There is nothing to map over: {given.not_ready.message}")
    return {**parameters, **given.parameters}, given.inputs


def _listed(wait_for: Any) -> Any:
    """What to wait for, of which each run looks at all: an iterator would be empty for all runs but the first."""
    return list(cast("Iterator[Any]", wait_for)) if isinstance(wait_for, Iterator) else wait_for
