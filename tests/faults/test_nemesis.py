"""Eight scripts on one home, and a nemesis that kills, stops, starves and confuses them: all that they saw is stored.

A failure names its seed; `make faults NEMESIS_SEED=<seed>` does the same again.
"""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.accounts import assert_accounts_agree
from tests.faults.nemesis import Nemesis, plan
from tests.faults.processes import Home, await_until
from tests.faults.stored import assert_recovered, assert_terminal_runs_are_whole, read_meta
from tests.faults.versions import later_version, schema_version
from tests.faults.volumes import may_mount, small_volume

SHORT_DEEDS, SHORT_STOP = 12, 5.0
LONG_DEEDS, LONG_STOP = 60, 20.0
SHORT_SEEDS = (1, 2)
LONG_SEEDS = range(100, 112)
VOLUME_MEBIBYTES = 768


def rounds() -> list[object]:
    """Each a seed, how many deeds there are, and the longest stop."""
    if told := os.environ.get("NEMESIS_SEED"):
        seed = int(told)
        return [(seed, LONG_DEEDS, LONG_STOP) if seed in LONG_SEEDS else (seed, SHORT_DEEDS, SHORT_STOP)]
    return [
        *[(seed, SHORT_DEEDS, SHORT_STOP) for seed in SHORT_SEEDS],
        *[pytest.param(seed, LONG_DEEDS, LONG_STOP, marks=pytest.mark.long) for seed in LONG_SEEDS],
    ]


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return later_version(tmp_path_factory.mktemp("later"))


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("seed", "deeds", "longest_stop"), rounds())
def test_nemesis(home: Home, later: Path, tmp_path: Path, seed: int, deeds: int, longest_stop: float) -> None:
    print(f"replay: make faults NEMESIS_SEED={seed}")
    with ExitStack() as stack:
        has_volume = may_mount(tmp_path / "volume")
        if has_volume:
            stack.enter_context(small_volume(home.path, VOLUME_MEBIBYTES))
        stack.callback(home.end_all)
        nemesis = Nemesis(home, later)
        nemesis.begin()
        for deed in plan(seed, deeds, longest_stop=longest_stop, has_volume=has_volume):
            print(deed)
            nemesis.do(deed)
        nemesis.end()
        assert_terminal_runs_are_whole(home)
        # The processes of a pool whose parent was killed may still be at their last steps.
        await_until(lambda: home.recover().was_silent() and not home.journals(), "all that is dead to be recovered")
        seen = assert_recovered(home)
        account = assert_accounts_agree(home)
        print(f"{len(seen.flows_began)} flow runs, {len(seen.tasks)} task runs, {len(account.called)} keys")
        assert seen.tasks
        # Both versions have written this store, which the later one has brought to its own.
        assert read_meta(home)["schema_version"] == schema_version(later / "headrace")
