"""Random graphs end, whatever waits for what, with the states that an oracle works out one after the other."""

import faulthandler
import logging
import sys
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.acceptance.graphs import Tally, carried_out, random_graph, worked_out
from tests.acceptance.stored import Stored

BOUND_SECONDS = 60  # for one graph, most of which take milliseconds


@pytest.fixture(autouse=True)
def unheard() -> Iterator[None]:
    """Without the lines of some thousand runs."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def bounded(seed: int) -> int:
    """What the graph of this seed comes to; where it hangs, the test fails and shows where."""
    told: list[int] = []
    thread = threading.Thread(target=lambda: told.append(carried_out(random_graph(seed))), daemon=True)
    thread.start()
    thread.join(BOUND_SECONDS)
    if thread.is_alive():
        faulthandler.dump_traceback(sys.__stderr__)
        pytest.fail(f"the graph of seed {seed} hangs")
    assert told, f"the graph of seed {seed} raised, see its thread"
    return told[0]


def checked(seeds: range, stored: Stored) -> None:
    """Each graph comes to what the oracle says, and so do all runs that are stored."""
    tally: Tally = Counter()
    for seed in seeds:
        result, runs = worked_out(random_graph(seed))
        assert bounded(seed) == result, f"the graph of seed {seed}"
        tally += runs
    found = Counter(
        (run.name.rpartition("-")[0].removeprefix("async_"), str(run.state_name)) for run in stored.all_task_runs()
    )
    del found["plain", "Completed"], found["asynchronous", "Completed"]  # The subflows among the task runs.
    assert found == tally


@pytest.mark.parametrize("part", range(6))
def test_random_graphs_end_as_an_oracle_says(part: int, stored: Stored) -> None:
    checked(range(part * 50, (part + 1) * 50), stored)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(100))
def test_many_random_graphs_end_as_an_oracle_says(part: int, stored: Stored) -> None:
    checked(range(1_000 + part * 97, 1_000 + (part + 1) * 97), stored)
