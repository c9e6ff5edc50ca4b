"""What several threads or processes do at once to the same runs."""

import multiprocessing
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from headrace._stream import Verdict
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from headrace.server.usecases.ingest import ingest
from tests.support.journals import Teller, begun

__all__ = ["at_once", "begin_in_processes"]

T = TypeVar("T")


def at_once(actions: Sequence[Callable[[], T]]) -> list[T]:
    """Runs each action in a thread of its own, all from one instant."""
    gate = threading.Barrier(len(actions))

    def act(action: Callable[[], T]) -> T:
        gate.wait(timeout=60)
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return [outcome.result(timeout=60) for outcome in [threads.submit(act, action) for action in actions]]


def begin_in_processes(url: str, run_ids: Sequence[bytes], processes: int) -> list[list[Verdict]]:
    """Each of several processes begins all of these runs, in an order of its own; the verdicts that each got."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        work = [(url, tuple(run_ids), seed) for seed in range(processes)]
        return pool.starmap_async(begin_all, work).get(timeout=100)


def begin_all(url: str, run_ids: Sequence[bytes], seed: int) -> list[Verdict]:
    """Begins all of these runs, as one process with one journal."""
    store, teller = open_store(url), Teller()
    try:
        order = random.Random(seed).sample(run_ids, len(run_ids))
        return [_begin(store, teller, run_id) for run_id in order]
    finally:
        store.close()


def _begin(store: Store, teller: Teller, run_id: bytes) -> Verdict:
    (verdict,) = ingest(store, teller.batch(begun(run_id, flow_name="contended")), now=1_000).verdicts
    return verdict
