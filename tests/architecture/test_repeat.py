"""`make repeat`: what fails once is seen, and what hangs ends, and says where it stood."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

TESTS = """
import os, signal, subprocess, sys, threading

def test_is_well():
    pass

def test_fails_the_second_time():
    try:
        os.mkdir("{folder}/once")
    except FileExistsError:
        raise AssertionError("a race was lost")

def test_hangs():
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    with open("{folder}/child", "w") as file:
        file.write(str(child.pid))
    def stands_here():
        signal.pause()
    threading.Thread(target=threading.Event().wait, name="another").start()
    stands_here()
"""


def repeated(folder: Path, name: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Repeats one of the tests."""
    file = folder / "test_some.py"
    file.write_text(TESTS.format(folder=folder))
    return subprocess.run(
        [sys.executable, "-m", "tests.support.repeat", *options, f"{file}::{name}"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_what_passes_each_time_is_told_in_a_line_each(tmp_path: Path) -> None:
    done = repeated(tmp_path, "test_is_well", "--times", "2", "--busy", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()[:2]] == [["1/2", "passed"], ["2/2", "passed"]]
    assert done.stdout.endswith("0 of 2 runs failed.\n")


def test_what_fails_once_is_named(tmp_path: Path) -> None:
    done = repeated(tmp_path, "test_fails_the_second_time", "--times", "3")
    assert done.returncode == 1
    assert "a race was lost" in done.stdout
    assert "2 of 3 runs failed.\n  2x " in done.stdout
    assert "test_some.py::test_fails_the_second_time\n" in done.stdout


def test_what_hangs_is_ended_with_all_that_it_started_and_tells_its_stacks(tmp_path: Path) -> None:
    done = repeated(tmp_path, "test_hangs", "--times", "1", "--bound", "8")
    assert done.returncode == 1
    assert "in stands_here" in done.stdout
    assert done.stdout.count("(most recent call first)") == 2
    assert "1 of 1 runs failed.\n  1x hung\n" in done.stdout
    assert not is_alive(int((tmp_path / "child").read_text()))


def is_alive(pid: int) -> bool:
    """Whether there is such a process that runs."""
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(status.strip()) and not status.strip().startswith("Z")
