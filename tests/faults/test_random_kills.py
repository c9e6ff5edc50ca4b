"""Scripts with threads, subflows, loops and lines are killed at random moments, one after the other on one home.

A failure names its seed; HEADRACE_FAULTS_SEED=<seed> runs that one alone.
"""

import os
import random
import signal

import pytest

from tests.faults.processes import Home, await_until
from tests.faults.stored import assert_recovered

KILLS_A_HOME = 10
SHORT = 2
LONG = 20
# The tasks that fail on purpose show their tracebacks; these are nobody's purpose.
COMPLAINTS = ("Exception in thread", "headrace:", "Warning", "--- Logging error ---")
SCRIPTS = ("endless.py", "endless_async.py")


def seeds() -> list[object]:
    if told := os.environ.get("HEADRACE_FAULTS_SEED"):
        return [int(told)]
    return [pytest.param(seed, marks=() if seed < SHORT else pytest.mark.long) for seed in range(LONG)]


def kill_somewhere(home: Home, chance: random.Random) -> None:
    """Starts a script and kills it: at some time after its start, or some time after a number of reports."""
    script = home.start(chance.choice(SCRIPTS))
    if chance.random() < 0.7:
        lines = home.lines() + chance.randrange(1, 800)
        await_until(lambda: home.lines() >= lines or not script.is_running, f"{lines} lines")
        ended = script.kill_after(chance.random() * 0.02)
    else:
        ended = script.kill_after(chance.random() * 0.6)
    assert ended.code == -signal.SIGKILL, ended.err
    for complaint in COMPLAINTS:
        assert complaint not in ended.err


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", seeds())
def test_random_kills_lose_nothing(home: Home, seed: int) -> None:
    print(f"replay: HEADRACE_FAULTS_SEED={seed}")
    chance = random.Random(seed)
    for _ in range(KILLS_A_HOME):
        kill_somewhere(home, chance)
    assert assert_recovered(home).tasks
