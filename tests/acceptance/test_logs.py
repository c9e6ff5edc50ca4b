"""The log of a run: the user's lines and the engine's own, with the run that each belongs to."""

import logging
from typing import Any

import pytest

from headrace import get_run_logger
from headrace.exceptions import MissingContextError
from headrace.logging import disable_run_logger, get_logger
from tests.acceptance.conftest import StartScript
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


def test_lines_belong_to_the_run_that_writes_them(face: Face, stored: Stored) -> None:
    @face.task
    def count(rows: int) -> None:
        get_run_logger().warning("%d rows", rows)

    @face.flow
    def pipeline() -> Any:
        logger = get_run_logger()
        logger.info("before")
        yield count(3)
        logger.error("after")

    face.run(pipeline)
    flow_run, task_run = stored.flow_run(), stored.task_run()
    assert stored.lines(flow_run) == [
        f"Beginning flow run {flow_run.name!r} for flow 'pipeline'",
        "before",
        "after",
        "Finished in state Completed()",
    ]
    assert stored.lines(flow_run, task_run) == ["3 rows", "Finished in state Completed()"]
    assert [
        (log.name, log.level, log.flow_run_id) for log in stored.logs(flow_run) if "Finished" not in log.message
    ] == [
        ("headrace.flow_runs", logging.INFO, flow_run.id),
        ("headrace.flow_runs", logging.INFO, flow_run.id),
        ("headrace.task_runs", logging.WARNING, flow_run.id),
        ("headrace.flow_runs", logging.ERROR, flow_run.id),
    ]


def test_lines_stand_in_the_order_in_which_they_were_written(face: Face, stored: Stored) -> None:
    @face.flow
    def count() -> None:
        for number in range(300):
            get_run_logger().info("%d", number)

    face.run(count)
    lines = stored.lines(stored.flow_run())  # A page of 200.
    assert lines[1:] == [str(number) for number in range(199)]


def test_a_subflow_has_a_log_of_its_own(face: Face, stored: Stored) -> None:
    @face.flow
    def child() -> None:
        get_run_logger().info("in the child")

    @face.flow
    def parent() -> Any:
        yield child()

    face.run(parent)
    inner, outer = stored.flow_run("child"), stored.flow_run("parent")
    assert stored.lines(inner)[0] == f"Beginning subflow run {inner.name!r} for flow 'child'"
    assert "in the child" in stored.lines(inner)
    assert "in the child" not in stored.lines(outer)


def test_a_failure_is_told_once_with_its_traceback(face: Face, stored: Stored) -> None:
    @face.task
    def divide() -> float:
        return 1 / 0

    @face.flow
    def pipeline() -> Any:
        yield divide()

    with pytest.raises(ZeroDivisionError):
        face.run(pipeline)
    flow_run, task_run = stored.flow_run(), stored.task_run()
    (told,) = [log.message for log in stored.logs(flow_run) if "Traceback" in log.message]
    assert told in stored.lines(flow_run, task_run)
    first, *traceback, last, note = told.splitlines()
    assert first == "Task run failed: ZeroDivisionError('division by zero')"
    assert last == "ZeroDivisionError: division by zero"
    assert note.startswith("In task run 'divide-")
    assert any("in divide" in line for line in traceback)
    assert not any("headrace/_" in line for line in traceback)
    state = "Finished in state Failed('{} run encountered an exception: ZeroDivisionError: division by zero')"
    assert stored.lines(flow_run, task_run)[-1] == state.format("Task")
    assert stored.lines(flow_run)[-1] == state.format("Flow")


def test_lines_below_the_level_are_not_kept(face: Face, stored: Stored) -> None:
    @face.flow
    def quiet() -> None:
        get_run_logger().debug("a detail")

    face.run(quiet)
    assert not any("a detail" in line for line in stored.lines(stored.flow_run()))


def test_a_logger_of_headrace_writes_into_the_run_at_hand(face: Face, stored: Stored) -> None:
    @face.flow
    def pipeline() -> None:
        get_logger("my.module").warning("seen")

    face.run(pipeline)
    (log,) = [log for log in stored.logs(stored.flow_run()) if log.message == "seen"]
    assert log.name == "headrace.my.module"


def test_lines_of_other_loggers_stay_theirs(face: Face, stored: Stored) -> None:
    @face.flow
    def pipeline() -> None:
        logging.getLogger("somebody.else").warning("not ours")

    face.run(pipeline)
    assert "not ours" not in stored.lines(stored.flow_run())


def test_a_message_may_hold_anything_that_text_can(face: Face, stored: Stored) -> None:
    message = "käse \U0001f9c0 \x00\n\n| 'quoted' %s %d {}"

    @face.flow
    def pipeline() -> None:
        get_run_logger().info(message)

    face.run(pipeline)
    (kept,) = stored.lines(stored.flow_run())[1:-1]
    assert kept.startswith("käse \U0001f9c0")
    assert kept.endswith("| 'quoted' %s %d {}")


def test_text_that_is_no_unicode_is_kept_escaped(start: StartScript, stored: Stored) -> None:
    process = start(
        """
        from headrace import flow, get_run_logger

        @flow
        def read(name):
            get_run_logger().info("reading %s", name)
            raise FileNotFoundError("no such file: " + name)

        read("caf\\udce9.csv")
        """
    )
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    *_, last, note = errors.rstrip().splitlines()
    assert last == r"FileNotFoundError: no such file: caf\udce9.csv"
    assert r"called with name='caf\udce9.csv'" in note
    run = stored.flow_run()
    assert r"reading caf\udce9.csv" in stored.lines(run)
    assert str(stored.states(run)[-1].message).endswith(r"FileNotFoundError: no such file: caf\udce9.csv")
    assert stored.history(run) == ["Pending", "Running", "Failed"]


def test_a_run_logger_needs_a_run() -> None:
    with pytest.raises(MissingContextError, match="no active flow or task run context"):
        get_run_logger()


def test_the_terminal_shows_what_the_log_keeps(face: Face, stored: Stored, capsys: pytest.CaptureFixture[str]) -> None:
    @face.task
    def count() -> None:
        get_run_logger().info("3 rows")

    @face.flow
    def pipeline() -> Any:
        yield count()

    face.run(pipeline)
    flow_run, task_run = stored.flow_run(), stored.task_run()
    shown = capsys.readouterr()
    lines = [line.split(" | ", 2)[1:] for line in shown.err.splitlines()]
    assert lines == [
        ["INFO   ", f"Flow run {flow_run.name!r} - Beginning flow run {flow_run.name!r} for flow 'pipeline'"],
        ["INFO   ", f"Task run {task_run.name!r} - 3 rows"],
        ["INFO   ", f"Task run {task_run.name!r} - Finished in state Completed()"],
        ["INFO   ", f"Flow run {flow_run.name!r} - Finished in state Completed()"],
    ]
    assert shown.out == ""


def test_a_runs_logger_says_which_run_it_belongs_to(face: Face, stored: Stored) -> None:
    @face.task(name="the task")
    def tell() -> Any:
        return get_run_logger(shift="night").extra

    @face.flow(name="the flow")
    def ask() -> Any:
        return (yield tell()), get_run_logger().extra, get_run_logger().getChild("part").name

    of_task, of_flow, child = face.run(ask)
    flow_run, task_run = stored.flow_run(), stored.task_run()
    told = {"flow_run_id": str(flow_run.id), "flow_run_name": flow_run.name, "flow_name": "the flow"}
    assert of_flow == {**told, "deployment_name": None}
    assert of_task == {
        **told,
        "task_run_id": str(task_run.id),
        "task_run_name": task_run.name,
        "task_name": "the task",
        "shift": "night",
    }
    assert child == "headrace.flow_runs.part"


def test_run_loggers_can_be_disabled_for_what_is_tried_outside_of_a_run(face: Face, stored: Stored) -> None:
    @face.flow
    def count() -> None:
        get_run_logger().info("told")
        with disable_run_logger():
            get_run_logger().info("not told")
        get_run_logger().info("told again")

    with disable_run_logger():
        get_run_logger().info("nowhere")
    with pytest.raises(MissingContextError):
        get_run_logger()
    face.run(count)
    assert stored.lines(stored.flow_run())[1:-1] == ["told", "told again"]


def test_lines_of_extra_loggers_are_kept_with_the_run_they_are_written_in(start: StartScript, stored: Stored) -> None:
    script = start("""
        import logging, os
        os.environ["HEADRACE_LOGGING_EXTRA_LOGGERS"] = "their.library,other"
        from headrace import flow, task

        logging.getLogger("their").setLevel(logging.INFO)
        their, silent = logging.getLogger("their.library"), logging.getLogger("unknown")

        @task
        def work():
            their.warning("in a task")

        @flow
        def pipeline():
            their.info("in a flow")
            their.debug("below the level")
            silent.warning("of no interest")
            work()

        pipeline()
        their.warning("outside")
    """)
    _, shown = script.communicate(timeout=60)
    assert script.returncode == 0, shown
    flow_run, task_run = stored.flow_run(), stored.task_run()
    assert stored.lines(flow_run)[1:-1] == ["in a flow"]
    assert stored.lines(flow_run, task_run)[0] == "in a task"
    assert shown.count("in a task") == shown.count("outside") == 1
