"""Processes that are killed at any moment while four threads report and a drainer stores; two recoverers at once."""

import random
import struct
import subprocess
from pathlib import Path

import pytest

from tests.faults.journal.evidence import SCRIPTS, Scene
from tests.support.processes import start_python
from tests.support.recording_sink import RecordingSink

THREADS = 4


def kill_one(folder: Path, seconds: float) -> None:
    scene = Scene(folder)
    folder.mkdir()
    with start_python(SCRIPTS / "never_ends.py", scene.home, scene.database, folder) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    recoverers = [start_python(SCRIPTS / "recovers.py", scene.home, scene.database) for _ in range(2)]
    for recoverer in recoverers:
        recoverer.communicate(timeout=60)
        assert recoverer.returncode == 0
    scene.recover()
    sink = RecordingSink(scene.database)
    for series in ("states", "logs"):
        stored = sink.payloads(series)
        for thread in range(THREADS):
            numbers = [int(payload.split(b" ", 2)[1]) for payload in stored if payload.startswith(b"%d " % thread)]
            (seen,) = struct.unpack("<Q", (folder / str(thread)).read_bytes()[:8])
            assert numbers == list(range(1, len(numbers) + 1))
            # At most the one that was under way is stored without having been seen.
            assert seen <= len(numbers) <= seen + 1
    assert len(sink.burials()) == 1
    sink.close()


@pytest.mark.parametrize("kills", [3, pytest.param(60, marks=pytest.mark.long)])
@pytest.mark.timeout(600)
def test_kills_at_random_moments_lose_and_double_nothing(tmp_path: Path, kills: int) -> None:
    chance = random.Random(20261122)
    for number in range(kills):
        kill_one(tmp_path / str(number), chance.uniform(0.0, 0.25))
