"""The pool: so many jobs at a time, and no deadlock whatever waits for what."""

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from headrace._kernel import threads
from headrace._kernel.pool import Job, Pool

WAIT = 20  # seconds until a test that hangs fails


class Call(Job):
    """A job that calls a function."""

    __slots__ = ("fn", "value")

    def __init__(self, pool: Pool, fn: Callable[[], Any]) -> None:
        super().__init__(pool)
        self.fn = fn
        self.value: Any = None

    def perform(self) -> None:
        self.value = self.fn()

    def dismiss(self) -> None:
        self.value = "dismissed"


class NotInLine(Call):
    """A job that no thread can do on top of another."""

    __slots__ = ()

    def fits_here(self) -> bool:
        return False


def submitted(pool: Pool, fn: Callable[[], Any]) -> Call:
    job = Call(pool, fn)
    pool.add(job)
    return job


def value(job: Call) -> Any:
    job.join()
    return job.value


def test_at_most_max_workers_jobs_run_at_a_time() -> None:
    pool = Pool(3)
    lock = threading.Lock()
    running = most = 0
    three = threading.Barrier(3, timeout=WAIT)

    def work() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        three.wait()
        with lock:
            running -= 1

    for _ in range(30):
        submitted(pool, work)
    pool.settle()
    assert most == 3


@pytest.mark.parametrize("max_workers", [1, 2, None])
def test_jobs_that_wait_for_their_children_end_however_deep_they_lie(max_workers: int | None) -> None:
    pool = Pool(max_workers)

    def tree(depth: int) -> int:
        if depth == 0:
            return 1
        children = [submitted(pool, lambda: tree(depth - 1)) for _ in range(2)]
        return sum(value(child) for child in children)

    root = submitted(pool, lambda: tree(10))
    assert root.join(WAIT)
    assert root.value == 1024


def test_a_chain_deeper_than_a_thread_takes_goes_on_in_others() -> None:
    pool = Pool(1)

    def chain(depth: int) -> int:
        return 0 if depth == 0 else 1 + value(submitted(pool, lambda: chain(depth - 1)))

    root = submitted(pool, lambda: chain(100))
    assert root.join(WAIT)
    assert root.value == 100


def test_who_waits_in_a_worker_does_the_job_itself_where_nobody_has_begun_it() -> None:
    pool = Pool(1)

    def parent() -> bool:
        return value(submitted(pool, threading.current_thread)) is threading.current_thread()

    assert value(submitted(pool, parent))


def test_who_waits_outside_of_the_pool_leaves_the_job_to_its_workers() -> None:
    assert value(submitted(Pool(1), threading.current_thread)) is not threading.current_thread()


def test_who_waits_lends_its_place_and_has_it_back_before_new_jobs() -> None:
    pool = Pool(1)
    began, go_on = threading.Event(), threading.Event()
    order: list[str] = []

    def child() -> None:
        began.set()
        go_on.wait(WAIT)
        order.append("child")

    def parent() -> None:
        job = NotInLine(pool, child)
        pool.add(job)
        job.join()
        order.append("parent")

    submitted(pool, parent)
    assert began.wait(WAIT)
    for name in "ab":
        submitted(pool, lambda name=name: order.append(name))
    go_on.set()
    pool.settle()
    assert order == ["child", "parent", "a", "b"]


def test_children_go_before_jobs_that_were_there() -> None:
    pool = Pool(1)
    order: list[str] = []
    gate = threading.Event()

    def parent() -> None:
        gate.wait(WAIT)
        submitted(pool, lambda: order.append("child"))

    submitted(pool, parent)
    submitted(pool, lambda: order.append("old"))
    gate.set()
    pool.settle()
    assert order == ["child", "old"]


def test_a_pool_without_a_bound_grows_while_jobs_wait_for_each_other() -> None:
    together = threading.Barrier(200, timeout=WAIT)
    pool = Pool()
    jobs = [submitted(pool, together.wait) for _ in range(200)]
    pool.settle()
    assert sorted(job.value for job in jobs) == list(range(200))


def test_a_wait_that_takes_too_long_leaves_no_trace() -> None:
    pool, gate = Pool(1), threading.Event()
    job = submitted(pool, lambda: gate.wait(WAIT))
    assert not job.join(timeout=0)
    assert not job.join(timeout=0.001)
    gate.set()
    assert job.join(WAIT)
    assert job.join(timeout=0)


def test_each_callback_is_called_once_whoever_comes_first() -> None:
    pool = Pool(4)

    def add(job: Call, called: list[int]) -> None:
        for number in range(5):
            job.call_back(lambda number=number: called.append(number))

    for _ in range(300):
        called: list[int] = []
        job = submitted(pool, lambda: None)
        adders = [threading.Thread(target=add, args=(job, called)) for _ in range(2)]
        for adder in adders:
            adder.start()
        for adder in adders:
            adder.join()
        pool.settle()
        assert sorted(called) == sorted([*range(5)] * 2)


def test_callbacks_come_in_order_and_one_that_raises_is_told(caplog: pytest.LogCaptureFixture) -> None:
    pool, gate = Pool(1), threading.Event()
    called: list[str] = []
    job = submitted(pool, lambda: gate.wait(WAIT))
    job.call_back(lambda: called.append("first"))
    job.call_back(lambda: called.append(str(1 / 0)))
    job.call_back(lambda: called.append("last"))
    gate.set()
    pool.settle()
    assert called == ["first", "last"]
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [ZeroDivisionError]


def test_a_closed_pool_dismisses_what_has_not_begun_and_what_comes() -> None:
    pool, began, gate = Pool(1), threading.Event(), threading.Event()
    running = submitted(pool, lambda: (began.set(), gate.wait(WAIT))[1])
    assert began.wait(WAIT)
    waiting = [submitted(pool, lambda: "done") for _ in range(3)]
    pool.close()
    late = submitted(pool, lambda: "done")
    assert [job.value for job in waiting] == ["dismissed"] * 3
    gate.set()
    pool.settle()
    assert (running.value, late.value) == (True, "dismissed")


def test_without_any_thread_to_be_had_jobs_are_done_where_they_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(work: Callable[[], object]) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threads, "start", refuse)
    pool = Pool(2)

    def parent() -> Any:
        return value(submitted(pool, threading.current_thread))

    assert value(submitted(pool, parent)) is threading.current_thread()


def test_a_thread_is_taken_again_and_keeps_nothing_of_what_it_did() -> None:
    done = threading.Event()
    names: list[int] = []

    def work() -> None:
        names.append(threading.get_ident())
        done.set()

    for _ in range(50):
        done.clear()
        threads.start(work)
        assert done.wait(WAIT)
    assert len(set(names)) < 50


def test_a_forked_child_uses_pools_with_threads_of_its_own() -> None:
    pool, gate = Pool(1), threading.Event()
    submitted(pool, lambda: gate.wait(WAIT))
    submitted(pool, lambda: None)
    if (child := os.fork()) == 0:
        try:
            os._exit(value(submitted(pool, lambda: 7)))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    gate.set()
    pool.settle()


def test_who_waits_for_jobs_of_its_own_pool_keeps_its_place() -> None:
    pool = Pool(2)
    lock, both = threading.Lock(), threading.Barrier(2, timeout=WAIT)
    running = most = 0

    def parent(wait: Callable[[Pool, Call], object]) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        own = Pool(1)
        wait(own, submitted(own, both.wait))
        with lock:
            running -= 1

    for wait in (lambda own, job: job.join(), lambda own, job: job.join(WAIT), lambda own, job: own.settle()):
        for _ in range(4):
            submitted(pool, lambda wait=wait: parent(wait))
    pool.settle()
    assert most == 2


@pytest.mark.parametrize("timeout", [None, WAIT])
def test_a_place_that_is_kept_is_lent_where_a_job_within_needs_it(timeout: float | None) -> None:
    pool = Pool(1)

    def parent() -> Any:
        own = Pool(1)

        def within() -> Any:
            job = submitted(pool, lambda: "done")
            job.join(timeout)
            return job.value

        job = submitted(own, within)
        job.join(timeout)
        return job.value

    parents = [submitted(pool, parent) for _ in range(50)]
    assert [value(job) for job in parents] == ["done"] * 50


def test_a_place_that_is_kept_is_lent_for_what_a_job_within_comes_after() -> None:
    pool = Pool(1)

    def parent() -> Any:
        own, outer = Pool(1), submitted(pool, lambda: "outer")
        after = Call(own, lambda: f"after {outer.value}")
        own.expect(after, (outer,))
        outer.call_back(lambda: own.add(after))
        after.join()
        return after.value

    assert value(submitted(pool, parent)) == "after outer"
