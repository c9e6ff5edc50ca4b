"""Tallies: which runs are counted together, and when none is left."""

from collections.abc import Iterator

import pytest

from headrace._engine.progress import Progress


@pytest.fixture
def progress() -> Iterator[Progress]:
    counted = Progress()
    yield counted
    counted.close()


def test_runs_of_one_name_are_counted_together_until_all_have_ended(progress: Progress) -> None:
    tally = progress.tally("load", 2)
    assert progress.tally("load", 3) is tally
    assert progress.tally("shape", 1) is not tally
    for state_type in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"):
        tally.end(state_type)
    assert (tally.total, tally.completed, tally.failed, tally.cancelled, tally.left) == (5, 1, 2, 1, 1)
    assert progress.tally("load", 1) is tally
    tally.end("COMPLETED")
    tally.end("COMPLETED")
    assert progress.tally("load", 1) is not tally


def test_runs_that_were_never_made_are_not_waited_for(progress: Progress) -> None:
    tally = progress.tally("load", 10)
    tally.end("COMPLETED")
    tally.forget(9)
    assert tally.left == 0
    assert progress.tally("load", 1) is not tally


def test_a_map_of_nothing_is_not_waited_for(progress: Progress) -> None:
    assert progress.tally("load", 0) is not progress.tally("load", 1)
