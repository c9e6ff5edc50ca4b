"""Progress: what a person sees who waits at a terminal for many runs, and that nothing is drawn where nobody looks."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.screens import CTRL_C, Screen

# A task waits until the test says how it ends: `ok 3` and `fail 1` are for whoever waits, any other line for the flow.
BEGINNING = """
import logging, os, queue, subprocess, sys, threading, time
from headrace import flow, task
from headrace.futures import wait
from headrace.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

ends, words = queue.SimpleQueue(), threading.Semaphore(0)

def listen():
    for line in sys.stdin:
        how, _, count = line.strip().partition(" ")
        if how in ("ok", "fail"):
            for _ in range(int(count)):
                ends.put(how)
        else:
            words.release()

threading.Thread(target=listen, daemon=True).start()

@task
def load(number):
    if ends.get() == "fail":
        raise ValueError("no such row")
    return number

@task
def shape(row):
    ends.get()
    return row

four = flow(task_runner=ThreadPoolTaskRunner(max_workers=4))
"""
QUIET = {"HEADRACE_LOGGING_LEVEL": "CRITICAL"}

Show = Callable[..., Screen]


@pytest.fixture
def show(tmp_path: Path) -> Iterator[Show]:
    """Shows a script on a terminal."""
    screens: list[Screen] = []

    def show_script(source: str, **options: str | int) -> Screen:
        script = tmp_path / f"script_{len(screens)}.py"
        script.write_text(BEGINNING + source, encoding="utf-8")
        screens.append(Screen(script, **{**QUIET, **options}))
        return screens[-1]

    yield show_script
    for screen in screens:
        screen.close()


def bars(lines: list[str]) -> list[str]:
    """What those lines say that are bars, without the bar, the times and echoed keys: `load 3/10 1 failed`."""
    shown = [
        re.sub(r"[━╸╺]|\^C|\d:\d\d:\d\d( left)?", "", line) for line in lines if re.search(r"\d:\d\d( left)?$", line)
    ]
    return [" ".join(line.split()) for line in shown]


def foot(*expected: str) -> Callable[[Screen], bool]:
    """Whether these bars stand at the foot."""
    return lambda screen: bars(screen.foot) == list(expected)


MAPPED = """
@four
def pipeline():
    print("It begins.")
    load.map(range(10)).wait()
    print("It ends.")

pipeline(return_state=True)
"""


def test_a_long_map_has_a_bar_that_is_left_as_a_line(show: Show) -> None:
    screen = show(MAPPED)
    screen.until(foot("load 0/10"))
    screen.tell("ok 3")
    screen.until(foot("load 3/10"))
    screen.tell("ok 2")
    screen.tell("fail 2")
    screen.until(foot("load 7/10 2 failed"))
    assert re.search(r"  7/10  2 failed  0:00:\d\d  0:00:\d\d left$", screen.foot[0])
    screen.tell("ok 3")
    assert screen.end() == 0
    assert screen.is_clean
    assert bars(screen.lines) == ["load 10/10 2 failed"]
    assert {"It begins.", "It ends."} < set(screen.lines)
    assert len(screen.lines) == 3


def test_runs_that_are_submitted_one_by_one_have_a_bar(show: Show) -> None:
    screen = show(
        """
        @four
        def pipeline():
            wait([load.submit(number) for number in range(3)])
            words.acquire()
            wait([load.submit(number) for number in range(2)])
        pipeline(return_state=True)
        """.replace("\n        ", "\n")
    )
    screen.until(foot("load 0/3"))
    screen.tell("ok 3")
    screen.until(lambda screen: not screen.foot)
    screen.tell("go on")
    screen.until(foot("load 0/2"))
    screen.tell("ok 2")
    assert screen.end() == 0
    assert bars(screen.lines) == ["load 3/3", "load 2/2"]


def test_a_map_that_takes_no_time_and_a_run_alone_have_none(show: Show) -> None:
    screen = show(
        """
        @flow
        def pipeline():
            for _ in range(1_001):
                ends.put("ok")
            load.map(range(1_000)).wait()
            print("A thousand.")
            alone = load.submit(7)
            words.acquire()
        pipeline(return_state=True)
        """.replace("\n        ", "\n")
    )
    screen.until(lambda screen: "A thousand." in screen.lines)
    screen.tell("go on")
    assert screen.end() == 0
    assert screen.lines == ["A thousand."]
    assert b"\033" not in screen.written


def test_lines_of_runs_and_whatever_is_written_stand_above_the_bar(show: Show) -> None:
    screen = show(
        """
        logging.basicConfig(format="%(message)s")
        @task
        def say(number):
            ends.get()
            print(f"print {number}")
            logging.warning(f"handler {number}")
            os.write(2, b"descriptor %d\\n" % number)
            subprocess.run(["echo", f"process {number}"])
        @flow(log_prints=False, task_runner=ThreadPoolTaskRunner(max_workers=1))
        def pipeline():
            print("a part ", end="", flush=True)
            futures = say.map(range(31))
            words.acquire()
            print("and the rest")
            futures.wait()
        pipeline()
        """.replace("\n        ", "\n"),
        HEADRACE_LOGGING_LEVEL="INFO",
    )
    screen.until(foot("say 0/31"))
    screen.tell("go on")
    screen.until(lambda screen: "a part and the rest" in "\n".join(screen.lines))
    screen.tell("ok 30")
    screen.until(foot("say 30/31"))
    seen = screen.lines
    screen.tell("ok 1")
    assert screen.end() == 0
    assert screen.is_clean
    for number in range(30):
        for what in ("print", "handler", "descriptor", "process"):
            assert seen.count(f"{what} {number}") == 1
    assert len([line for line in seen if "Task run 'say-" in line and line.endswith("Completed()")]) == 30
    assert bars(screen.lines) == ["say 31/31"]
    last = next(line for line in reversed(screen.lines) if line)
    assert re.search(r"\| Flow run '[a-z-]+' - Finished in state Completed\(\)$", last)


def test_several_maps_have_a_bar_each_by_the_names_of_their_tasks(show: Show) -> None:
    screen = show(
        """
        @flow
        def part():
            load.map([1, 2])
        @task
        def parts():
            part()
        @flow(task_runner=ThreadPoolTaskRunner(max_workers=8))
        def pipeline():
            rows = load.map(range(5))
            shape.map(rows)
            parts.submit()
            part()
        pipeline(return_state=True)
        """.replace("\n        ", "\n")
    )
    screen.until(foot("load 0/9", "shape 0/5"))
    screen.tell("ok 14")
    assert screen.end() == 0
    assert sorted(bars(screen.lines)) == ["load 9/9", "shape 5/5"]
    assert screen.is_clean


def test_maps_inside_of_tasks_and_of_what_is_not_known_yet(show: Show) -> None:
    screen = show(
        """
        @task
        def numbers():
            return list(range(6))
        @task
        def outer(number):
            return sum(shape.map([number, number]).result())
        @flow(task_runner=ThreadPoolTaskRunner(max_workers=12))
        def pipeline():
            load.map(numbers.submit())
            outer.map(range(3))
        pipeline(return_state=True)
        """.replace("\n        ", "\n")
    )
    screen.until(foot("load 0/6", "outer 0/3", "shape 0/6"))
    screen.tell("ok 12")
    assert screen.end() == 0
    assert sorted(bars(screen.lines)) == ["load 6/6", "outer 3/3", "shape 6/6"]
    assert screen.is_clean


def test_more_bars_than_there_is_room_for_are_counted(show: Show) -> None:
    screen = show(
        """
        @flow
        def pipeline():
            for number in range(20):
                load.with_options(name=f"load {number}").map([1, 1])
        pipeline()
        """.replace("\n        ", "\n"),
        rows=12,
    )
    screen.until(lambda screen: screen.foot[3:] == ["... and 17 more"])
    assert bars(screen.foot) == ["load 0 0/2", "load 1 0/2", "load 2 0/2"]
    screen.tell("ok 40")
    assert screen.end() == 0
    assert sorted(bars(screen.lines)) == sorted(f"load {number} 2/2" for number in range(20))
    assert screen.is_clean


def test_other_processes_draw_no_bars_over_ours(show: Show) -> None:
    screen = show(
        r"""
        @task
        def crunch(number):
            print(f"crunched {number}\n", end="")  # the line in one piece, as others print at the same time
            deeper.map([1, 2]).wait()
        @task
        def deeper(number):
            time.sleep(1.5)
        @flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
        def pipeline():
            crunch.map(range(4)).wait()
        pipeline()
        """.replace("\n        ", "\n")
    )
    screen.until(foot("crunch 2/4"))
    assert screen.end() == 0
    assert bars(screen.lines) == ["crunch 4/4"]
    assert {f"crunched {number}" for number in range(4)} < set(screen.lines)
    assert screen.is_clean


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "an error"])
def test_a_flow_that_ends_early_leaves_the_terminal_as_it_was(show: Show, how: str) -> None:
    screen = show(
        """
        @four
        def pipeline():
            futures = load.map(range(100))
            words.acquire()
            raise ValueError("no more")
        pipeline(return_state=True)
        """.replace("\n        ", "\n")
    )
    screen.until(foot("load 0/100"))
    screen.tell("ok 2")
    screen.until(foot("load 2/100"))
    if how == "an error":
        screen.tell("raise it")
        screen.tell("ok 98")
    else:
        if how == "Ctrl-C":
            screen.press(CTRL_C)
        else:
            screen.process.send_signal(signal.SIGTERM)
        screen.until(foot("load 2/100 94 cancelled"))
        screen.tell("ok 4")
    screen.end()
    assert screen.is_clean
    assert bars(screen.lines) == ["load 100/100" if how == "an error" else "load 6/100 94 cancelled"]


def test_a_script_that_ends_while_runs_go_on_leaves_the_terminal_as_it_was(show: Show) -> None:
    screen = show(MAPPED)
    screen.until(foot("load 0/10"))
    screen.press(CTRL_C)
    screen.until(foot("load 0/10 6 cancelled"))
    screen.press(CTRL_C)
    screen.end()
    assert screen.foot == []
    assert screen.lines[0] == "It begins."
    assert screen.lines[1].startswith("^C^CTraceback")
    assert screen.lines[-1] == "KeyboardInterrupt"


def test_the_bar_stays_at_the_foot_of_a_terminal_whose_size_changes(show: Show) -> None:
    screen = show(MAPPED)
    screen.until(foot("load 0/10"))
    screen.resize(16, 60)
    screen.until(foot("load 0/10"))
    screen.tell("ok 2")
    screen.until(foot("load 2/10"))
    assert len(screen.foot[0]) < 60
    screen.resize(30, 120)
    screen.tell("ok 1")
    screen.until(foot("load 3/10"))
    screen.tell("ok 7")
    assert screen.end() == 0
    assert screen.is_clean


@pytest.mark.parametrize(
    "options",
    [
        {"HEADRACE_LOGGING_PROGRESS": "false"},
        {"TERM": "dumb"},
        {"rows": 6},
        {"columns": 30},
    ],
    ids=str,
)
def test_no_bar_is_drawn_where_none_is_wanted_or_there_is_no_room(show: Show, options: dict[str, str | int]) -> None:
    screen = show(
        """
        @flow
        def pipeline():
            futures = load.map(range(3))
            time.sleep(2)
            for _ in range(3):
                ends.put("ok")
        pipeline(return_state=True)
        """.replace("\n        ", "\n"),
        **options,
    )
    assert screen.end() == 0
    assert b"\0337" not in screen.written


def test_names_and_figures_fit_into_a_line(show: Show) -> None:
    screen = show(
        """
        @flow
        def pipeline():
            load.with_options(name="[red]a name\\nof \\033[2Jmany words, too long for such a terminal").map([1, 1])
        pipeline()
        """.replace("\n        ", "\n"),
        columns=50,
    )
    screen.until(lambda screen: "0:00:0" in "".join(screen.foot))
    assert screen.foot[0].startswith("[red]a name of ")
    assert "…" in screen.foot[0]
    assert "0/2" in screen.foot[0]
    assert len(screen.foot[0]) < 50
    screen.tell("ok 2")
    assert screen.end() == 0


def test_colours_are_left_out_where_they_are_not_wanted(show: Show) -> None:
    for environment, has_colours in (({}, True), ({"NO_COLOR": "1"}, False)):
        screen = show(MAPPED, **environment)
        screen.until(foot("load 0/10"))
        screen.tell("ok 10")
        assert screen.end() == 0
        assert (re.search(rb"\033\[[\d;]*3[0-9]", screen.written) is not None) == has_colours


def test_output_that_is_piped_has_no_bar_and_pays_for_none(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"{BEGINNING}\nfor _ in range(10): ends.put('ok')\n{MAPPED}\n"
        "print(sorted({'rich', 'headrace._engine.progress', 'headrace.logging._footer'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, **QUIET, "TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == "It begins.\nIt ends.\n[]\n"
    assert done.stderr == ""
