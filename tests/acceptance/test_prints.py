"""What runs print: kept in their logs where that is asked for, and left alone everywhere else."""

import builtins
import contextvars
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest

from headrace import flow, task
from headrace.context import FlowRunContext, TaskRunContext, get_run_context
from headrace.logging import disable_run_logger
from headrace.logging.loggers import patch_print, print_as_log
from headrace.settings import temporary_settings
from tests.acceptance.conftest import StartScript
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def print_is_restored() -> Iterator[None]:
    """After the last run, `print` is what it was."""
    before = builtins.print
    yield
    assert builtins.print is before


def printed(stored: Stored, name: str) -> list[str]:
    """The lines of a flow run's own log between the engine's first and last."""
    return stored.lines(stored.flow_run(name))[1:-1]


def test_prints_are_lines_of_the_run_and_shown_once(face: Face, stored: Stored, capsys: Capture) -> None:
    @face.task
    def count(rows: int) -> None:
        print(rows, "rows")

    @face.flow(log_prints=True)
    def pipeline() -> Any:
        print("before")
        yield count(3)
        print("after")

    print("outside")
    face.run(pipeline)
    print("outside again")
    run, task_run = stored.flow_run(), stored.task_run()
    assert stored.lines(run)[1:-1] == ["before", "after"]
    assert stored.lines(run, task_run) == ["3 rows", "Finished in state Completed()"]
    (log,) = [log for log in stored.logs(run) if log.message == "3 rows"]
    assert (log.name, log.level) == ("headrace.task_runs", logging.INFO)
    shown = capsys.readouterr()
    assert shown.out == "outside\noutside again\n"
    assert [line.rpartition(" - ")[2] for line in shown.err.splitlines()][1:3] == ["before", "3 rows"]
    assert shown.err.count("3 rows") == 1


def test_arguments_of_print_mean_what_they_always_mean(face: Face, stored: Stored, capsys: Capture) -> None:
    @face.flow(log_prints=True)
    def pipeline() -> None:
        print()
        print("one", 2, None, sep="-")
        print("no end", end="")
        print("its own end", end="!\n\n")
        print("%s of %d", "{}", flush=True)
        print("  two\nlines")
        print("to stdout", file=sys.stdout)
        print("to stderr", file=sys.stderr)
        print("to a file", file=(own := StringIO()))
        assert own.getvalue() == "to a file\n"
        with pytest.raises(TypeError):
            print("bad", "sep", sep=3)  # type: ignore[call-overload]
        with pytest.raises(TypeError):
            print("bad", nonsense=3)  # type: ignore[call-overload]

    face.run(pipeline)
    assert printed(stored, "pipeline") == [
        "",
        "one-2-None",
        "no end",
        "its own end!",
        "%s of %d {}",
        "  two\nlines",
        "to stdout",
        "to stderr",
    ]
    assert capsys.readouterr().out == ""


def test_what_says_nothing_does_as_the_flow_run_around(face: Face, stored: Stored, capsys: Capture) -> None:
    def say(who: str) -> None:
        print(who, get_run_context().log_prints)

    silent, loud, follows = (face.task(log_prints=said)(say) for said in (False, True, None))

    @face.task(log_prints=True)
    def loud_caller() -> Any:
        yield follows("task of a loud task")

    @face.flow
    def child(who: str) -> Any:
        print(who)
        yield follows(f"task of {who}")

    @face.flow(log_prints=True)
    def loud_flow() -> Any:
        yield silent("silent task")
        yield loud("loud task")
        yield follows("task")
        yield child("child")
        yield child.with_options(log_prints=False)("silent child")

    @face.flow
    def plain_flow() -> Any:
        yield loud("loud task")
        yield loud_caller()
        yield child("child")
        yield child.with_options(log_prints=True)("loud child")

    face.run(loud_flow)
    assert capsys.readouterr().out.splitlines() == ["silent task False", "silent child", "task of silent child False"]
    face.run(plain_flow)
    # As the flow run around, and not as the task that calls it.
    assert capsys.readouterr().out.splitlines() == ["task of a loud task False", "child", "task of child False"]
    kept = {log.message for run in stored.flow_runs() for log in stored.logs(run)}
    assert {
        "loud task True",
        "task True",
        "child",
        "task of child True",
        "loud child",
        "task of loud child True",
    } <= kept


def test_the_setting_speaks_for_runs_that_are_not_told_otherwise(face: Face, stored: Stored, capsys: Capture) -> None:
    @face.task
    def work() -> None:
        print("in a task")

    @face.flow
    def pipeline() -> Any:
        print("in a flow")
        yield work()

    with temporary_settings({"HEADRACE_LOGGING_LOG_PRINTS": True}):
        face.run(pipeline)
        face.run(work)
        assert printed(stored, "pipeline") == ["in a flow"]
        assert capsys.readouterr().out == ""
        face.run(pipeline.with_options(log_prints=False))
        face.run(work.with_options(log_prints=False))
        assert capsys.readouterr().out.splitlines() == ["in a flow", "in a task", "in a task"]
    face.run(pipeline)
    assert capsys.readouterr().out.splitlines() == ["in a flow", "in a task"]


def test_the_environment_speaks_for_a_process(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        import os
        os.environ["PREFECT_LOGGING_LOG_PRINTS"] = "true"
        from headrace import flow

        @flow
        def pipeline():
            print("kept")

        pipeline()
        print("printed")
        """
    )
    assert process.communicate(timeout=60)[0] == "printed\n"
    assert printed(stored, "pipeline") == ["kept"]


def test_options_of_copies_keep_the_answer_unless_it_is_taken_back(face: Face) -> None:
    loud = face.flow(log_prints=True)(lambda: None)
    assert loud.with_options(name="another").log_prints is True
    assert loud.with_options(log_prints=False).log_prints is False
    assert loud.with_options(log_prints=None).log_prints is None


def test_generators_print_into_their_log_and_their_consumers_do_not(stored: Stored, capsys: Capture) -> None:
    @task(log_prints=True)
    def numbers() -> Iterator[int]:
        print("first")
        yield 1
        print("second")
        yield 2
        print("end")

    @flow
    def consumer() -> None:
        for number in numbers():
            print("got", number)

    consumer()
    run, task_run = stored.flow_run(), stored.task_run()
    assert stored.lines(run, task_run)[:-1] == ["first", "second", "end"]
    assert capsys.readouterr().out == "got 1\ngot 2\n"


def test_hooks_print_into_the_log_of_the_run_that_calls_them(face: Face, stored: Stored, capsys: Capture) -> None:
    def hook(runnable: Any, run: Any, state: Any) -> None:
        print("hook for", state.name)

    @face.task(log_prints=True, on_completion=[hook])
    def loud() -> None:
        pass

    @face.task(on_completion=[hook])
    def plain() -> None:
        pass

    @face.flow(on_running=[hook], on_completion=[hook])
    def pipeline() -> Any:
        yield loud()
        yield plain()

    face.run(pipeline)
    assert capsys.readouterr().out.splitlines() == ["hook for Running", "hook for Completed", "hook for Completed"]
    assert "hook for Completed" in stored.lines(stored.flow_run(), stored.task_run("loud"))
    face.run(pipeline.with_options(log_prints=True))
    assert capsys.readouterr().out == ""


def test_a_failing_run_gives_print_back(face: Face) -> None:
    before = builtins.print

    @face.flow(log_prints=True)
    def pipeline() -> None:
        raise ValueError("bad")

    with pytest.raises(ValueError, match="bad"):
        face.run(pipeline)
    assert builtins.print is before


def test_threads_print_into_the_log_of_the_run_whose_context_they_have(stored: Stored, capsys: Capture) -> None:
    def in_thread(work: Callable[..., Any], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args)
        thread.start()
        thread.join()

    @flow(log_prints=True)
    def pipeline() -> None:
        in_thread(print, "of no run")
        in_thread(contextvars.copy_context().run, print, "of this run")

    pipeline()
    assert printed(stored, "pipeline") == ["of this run"]
    assert capsys.readouterr().out == "of no run\n"


def test_a_handler_that_prints_is_not_handed_what_it_prints(stored: Stored, capsys: Capture) -> None:
    class Printing(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            print("handled", record.getMessage())

    @flow(log_prints=True)
    def pipeline() -> None:
        print("a line")

    logger, handler = logging.getLogger("headrace.flow_runs"), Printing()
    logger.addHandler(handler)
    try:
        pipeline()
    finally:
        logger.removeHandler(handler)
    assert printed(stored, "pipeline")[0] == "a line"
    assert "handled a line\n" in capsys.readouterr().out


def test_prints_are_silenced_with_the_loggers_of_runs(face: Face, stored: Stored, capsys: Capture) -> None:
    @face.flow(log_prints=True)
    def pipeline() -> None:
        with disable_run_logger():
            print("silenced")
        print("kept")

    face.run(pipeline)
    assert printed(stored, "pipeline") == ["kept"]
    assert capsys.readouterr().out == ""


def test_print_can_be_patched_by_hand_for_runs_that_log_their_prints(
    face: Face, stored: Stored, capsys: Capture
) -> None:
    @face.flow
    def plain() -> None:
        with patch_print():
            print("of a run that does not log its prints")
        print_as_log("nor this")

    @face.flow(log_prints=True)
    def pipeline() -> None:
        print_as_log("kept")

    face.run(plain)
    face.run(pipeline)
    with patch_print():
        print("outside")
    assert printed(stored, "pipeline") == ["kept"]
    assert capsys.readouterr().out.splitlines() == ["of a run that does not log its prints", "nor this", "outside"]


def test_a_mock_of_print_within_a_run_is_left_to_its_owner(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    told: list[str] = []

    @task(log_prints=True)
    def work() -> None:
        print("told to the mock")

    @flow(log_prints=True)
    def pipeline() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(builtins, "print", told.append)
            work()
        print("a line again")

    pipeline()
    assert told == ["told to the mock"]
    assert "a line again" in capsys.readouterr().err


def test_contexts_say_whether_prints_are_logged() -> None:
    def both() -> tuple[bool, bool]:
        flow_context, task_context = FlowRunContext.get(), TaskRunContext.get()
        assert flow_context is not None
        assert task_context is not None
        return flow_context.log_prints, task_context.log_prints

    @flow(log_prints=True)
    def pipeline() -> list[tuple[bool, bool]]:
        return [task(both)(), task(log_prints=False)(both)()]

    assert pipeline() == [(True, True), (True, False)]
