"""A disk that is full: the user's result is returned, and what is kept is stored once there is room."""

import subprocess
from pathlib import Path

import pytest

from tests.faults.processes import Ended, Home, await_until
from tests.faults.stored import assert_recovered, flow_runs, lines_of_runs, read_meta, task_states, write_meta
from tests.faults.volumes import fill, small_volume

LARGE = 256 << 10
VERY_LARGE = 7 << 18  # such that it is a line that first finds no room


def assert_result_returned(ended: Ended, result: int) -> None:
    assert (ended.code, ended.out) == (0, f"result {result}\n"), ended.err[-4_000:]
    assert "Logging error" not in ended.err
    assert "Exception in thread" not in ended.err


def complaints(ended: Ended) -> list[str]:
    return [line for line in ended.err.splitlines() if line.startswith("headrace:")]


def test_a_disk_that_fills_up_keeps_the_journal_until_there_is_room(home: Home) -> None:
    with small_volume(home.path, 32):
        script = home.start("outlasts.py", "400", "400", "0")
        await_until(lambda: home.told("half"), "the first half")
        filler = fill(home.path)
        home.tell("go")
        ended = script.end()
        assert_result_returned(ended, 800)
        assert "full" in complaints(ended)[0]
        assert "are kept in" in complaints(ended)[-1]
        assert len(home.journals()) == 1
        filler.unlink()
        assert_recovered(home)
        assert [run.state for run in flow_runs(home)] == ["Completed"]


def test_a_disk_that_was_full_for_a_while_loses_nothing(home: Home) -> None:
    with small_volume(home.path, 160):
        script = home.start("outlasts.py", "20", "20", str(LARGE), "finish")
        await_until(lambda: home.told("half"), "the first half")
        filler = fill(home.path)
        home.tell("go")
        await_until(lambda: home.told("whole"), "the second half")
        assert "kept in memory" in script.wrote()
        filler.unlink()
        home.tell("finish")
        ended = script.end()
        assert_result_returned(ended, 40)
        assert home.journals() == []
        assert_recovered(home)
        assert [run.state for run in flow_runs(home)] == ["Completed"]


def test_runs_wait_for_room_where_memory_is_used_up_as_well(home: Home) -> None:
    with small_volume(home.path, 256):
        script = home.start("outlasts.py", "2", "28", str(VERY_LARGE))
        await_until(lambda: home.told("half"), "the first half")
        filler = fill(home.path)
        home.tell("go")
        await_until(lambda: "runs wait until there is room" in script.wrote(), "the memory to be used up")
        assert script.is_running
        filler.unlink()
        assert_result_returned(script.end(), 30)
        assert_recovered(home, may_lack_lines=True)
        assert [run.state for run in flow_runs(home)] == ["Completed"]
        assert any("lines of this log were dropped here" in line for line in lines_of_runs(home))


def test_a_disk_that_is_full_from_the_start_stops_no_run(home: Home) -> None:
    with small_volume(home.path, 16):
        filler = fill(home.path)
        home.tell("go")
        ended = home.run("outlasts.py", "20", "20", "0")
        assert_result_returned(ended, 40)
        assert complaints(ended)
        filler.unlink()
        assert home.run("one_flow.py").code == 0
        home.recover().was_silent()


def test_the_processes_of_a_pool_wait_for_room_before_they_end(home: Home) -> None:
    with small_volume(home.path, 64):
        script = home.start("processes.py", "20", "go")
        await_until(lambda: home.told("waiting"), "the flow to begin")
        filler = fill(home.path)
        home.tell("go")
        await_until(lambda: "kept in memory" in script.wrote(), "a process of the pool to find no room")
        with pytest.raises(subprocess.TimeoutExpired):
            script.process.wait(1)
        filler.unlink()
        ended = script.end()
        assert ended.code == 0, ended.err[-4_000:]
        assert "were lost" not in ended.err
        home.recover().was_silent()
        assert [run.state for run in flow_runs(home)] == ["Completed"]
        assert sorted(task_states(home)) == sorted((f"step-{number}", "Completed") for number in range(20))


def test_a_limit_on_the_size_of_files_stops_no_run(home: Home) -> None:
    home.tell("go")
    ended = home.run("limited.py", str(64 * 1024), "outlasts.py", "20", "20", "0")
    assert_result_returned(ended, 40)
    assert complaints(ended)


def test_what_waited_in_memory_survives_a_kill_once_it_is_on_the_disk(home: Home) -> None:
    script = home.start("overflows.py", "states", environment={"HEADRACE_LOGGING_LEVEL": "CRITICAL"})
    await_until(lambda: home.told("half"), "the flow to begin")
    before = read_meta(home)
    write_meta(home, min_writer=999)
    home.tell("go")
    await_until(lambda: home.told("on-disk"), "the states to be written out")
    script.kill()
    script.end()
    write_meta(home, **before)
    assert len(assert_recovered(home).tasks) == 8


def test_lines_beyond_the_bound_are_dropped_and_counted_and_states_are_kept(home: Home) -> None:
    script = home.start("overflows.py", "lines", environment={"HEADRACE_JOURNAL_LOG_BOUND_BYTES": str(16 << 20)})
    await_until(lambda: home.told("half"), "the flow to begin")
    before = read_meta(home)
    write_meta(home, min_writer=999)
    home.tell("go")
    await_until(lambda: home.told("on-disk"), "the lines to be written")
    await_until(lambda: kibibytes(home.path / "journals") < 40 << 10, "the oldest lines to be dropped")
    script.kill()
    script.end()
    write_meta(home, **before)
    assert_recovered(home)
    assert [run.state for run in flow_runs(home)] == ["Crashed"]
    lines = lines_of_runs(home)
    dropped = sum(int(line.partition(" ")[0]) for line in lines if "lines of this log were dropped here" in line)
    kept = [int(line.partition(" ")[0]) for line in lines if "yyyy" in line]
    assert dropped > 0
    # The engine's own line on the flow's begin may be among them.
    assert dropped + len(kept) in (64, 65)
    assert kept == sorted(kept)


def kibibytes(folder: Path) -> int:
    """The room that the files of a folder take on the disk."""
    return sum(path.stat().st_blocks for path in folder.rglob("*-????????")) // 2
