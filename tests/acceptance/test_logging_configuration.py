"""Logging as users configure it: a file, single keys by variables, classes and loggers by Prefect's names and ours."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.acceptance.conftest import StartScript
from tests.acceptance.stored import Stored

SCRIPT = """
    import logging, sys
    from headrace import flow, task, get_run_logger

    @task
    def work():
        get_run_logger().info("in a task")

    @flow(flow_run_name="the run")
    def pipeline():
        get_run_logger().warning("in a flow")
        work()
        logging.getLogger("their.library").warning("of a library")

    pipeline()
    print(sorted(name for name in ("yaml", "rich", "pydantic") if name in sys.modules))
"""

RunConfigured = Callable[..., list[str]]


@pytest.fixture
def run(start: StartScript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunConfigured:
    """Runs the script with a file and variables; returns what the terminal shows."""

    def run_configured(config: str = "", script: str = SCRIPT, **variables: str) -> list[str]:
        if config:
            (tmp_path / "mine.yml").write_text(dedent(config), encoding="utf-8")
            variables["HEADRACE_LOGGING_CONFIG_PATH"] = str(tmp_path / "mine.yml")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        process = start(script)
        printed, shown = process.communicate(timeout=60)
        assert process.returncode == 0, shown
        assert printed.splitlines()[-1] == ("['yaml']" if config else "[]")
        return [*printed.splitlines()[:-1], *shown.splitlines()]

    return run_configured


def kept(stored: Stored) -> list[str]:
    """The users' lines in the log of the flow run and its tasks."""
    return [log.message for log in stored.logs(stored.flow_run()) if log.message.startswith(("in a", "of a"))]


def test_a_script_without_a_configuration_reads_none(run: RunConfigured, stored: Stored) -> None:
    assert any(line.endswith("WARNING | Flow run 'the run' - in a flow") for line in run())
    assert kept(stored) == ["in a flow", "in a task"]


def test_a_file_changes_what_it_names_and_leaves_the_rest(run: RunConfigured, stored: Stored) -> None:
    shown = run("""
        formatters:
          mine:
            (): headrace.logging.formatters.HeadraceFormatter
            format: "%(levelname)s %(name)s: %(message)s"
            flow_run_fmt: "%(levelname)s %(flow_name)s %(flow_run_name)s: %(message)s"
        handlers:
          console:
            formatter: mine
            level: WARNING
    """)
    assert shown == ["WARNING pipeline the run: in a flow", "of a library"]
    assert kept(stored) == ["in a flow", "in a task"]


def test_lines_go_where_the_file_says_and_are_kept_all_the_same(run: RunConfigured, stored: Stored) -> None:
    shown = run("""
        handlers:
          out:
            class: logging.StreamHandler
            stream: ext://sys.stdout
            level: WARNING
        root:
          level: WARNING
          handlers: [out]
    """)
    assert shown == ["in a flow", "of a library"]
    assert kept(stored) == ["in a flow", "in a task"]


def test_a_file_may_say_itself_whose_lines_are_kept(run: RunConfigured, stored: Stored) -> None:
    run("""
        loggers:
          headrace.task_runs:
            handlers: [api]
    """)
    assert kept(stored) == ["in a task"]


def test_names_of_prefect_are_read_as_ours(run: RunConfigured, stored: Stored) -> None:
    shown = run(
        """
        version: 1
        formatters:
          standard:
            (): prefect.logging.formatters.PrefectFormatter
            format: "%(message)s"
            task_run_fmt: "task %(task_name)s: %(message)s"
          json:
            class: prefect.logging.formatters.JsonFormatter
            format: default
        handlers:
          console:
            class: prefect.logging.handlers.PrefectConsoleHandler
            formatter: standard
            stream: ext://sys.stdout
            styles:
              log.web_url: bright_blue
          api:
            class: prefect.logging.handlers.APILogHandler
          worker_api:
            class: prefect.logging.handlers.WorkerAPILogHandler
          debug:
            class: prefect.logging.handlers._SafeStreamHandler
            stream: ext://sys.stderr
        loggers:
          prefect:
            level: "${PREFECT_LOGGING_LEVEL}"
          prefect.task_runs:
            handlers: [api]
          prefect.server:
            level: "${PREFECT_SERVER_LOGGING_LEVEL}"
          prefect._internal:
            level: "${PREFECT_INTERNAL_LOGGING_LEVEL}"
        root:
          level: WARNING
          handlers: [console]
        """,
        PREFECT_LOGGING_LEVEL="WARNING",
        HEADRACE_LOGGING_LOGGERS_HEADRACE_TASK_RUNS_LEVEL="INFO",
    )
    assert shown == ["in a flow", "task work: in a task", "task work: Finished in state Completed()", "of a library"]
    assert kept(stored) == ["in a task"]


def test_variables_override_single_keys(run: RunConfigured, stored: Stored) -> None:
    shown = run(
        PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL="WARNING",
        HEADRACE_LOGGING_FORMATTERS_STANDARD_FLOW_RUN_FMT="%(levelname)s of %(flow_name)s: %(message)s",
        PREFECT_LOGGING_LOGGERS_PREFECT_TASK_RUNS_LEVEL="ERROR",
    )
    assert shown == ["WARNING of pipeline: in a flow", "of a library"]
    assert kept(stored) == ["in a flow"]


def test_a_variable_that_overrides_nothing_is_told(run: RunConfigured) -> None:
    shown = run(HEADRACE_LOGGING_HANDLERS_CONSOEL_LEVEL="WARNING", PREFECT_LOGGING_HANDLERS_WORKER_API_LEVEL="INFO")
    (told,) = [line for line in shown if line.startswith("headrace: ")]
    assert told.startswith("headrace: HEADRACE_LOGGING_HANDLERS_CONSOEL_LEVEL overrides nothing")


def test_lines_of_extra_loggers_are_kept_under_a_file_too(run: RunConfigured, stored: Stored) -> None:
    shown = run("handlers: {console: {level: WARNING}}", HEADRACE_LOGGING_EXTRA_LOGGERS="their.library")
    assert [line.rpartition(" - ")[2] for line in shown] == ["in a flow", "of a library"]
    assert kept(stored) == ["in a flow", "in a task", "of a library"]


def test_lines_can_be_json(run: RunConfigured) -> None:
    told = [json.loads(line) for line in run(HEADRACE_LOGGING_HANDLERS_CONSOLE_FORMATTER="json") if line[0] == "{"]
    (line,) = [line for line in told if line["message"] == "in a task"]
    assert (line["task_name"], line["flow_run_name"], line["name"]) == ("work", "the run", "headrace.task_runs")


def test_a_file_in_the_home_is_read_where_none_is_named(run: RunConfigured, start: StartScript) -> None:
    home = Path(os.environ["HEADRACE_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    (home / "logging.yml").write_text("handlers: {console: {level: ERROR}}", encoding="utf-8")
    process = start(SCRIPT)
    assert process.communicate(timeout=60) == ("['yaml']\n", "of a library\n")


def test_handlers_that_the_program_made_before_go_on(run: RunConfigured, tmp_path: Path) -> None:
    shown = run(
        "handlers: {console: {level: ERROR}}",
        f"""
    import logging
    logging.basicConfig(filename={str(tmp_path / "own.log")!r}, filemode="w", format="%(message)s")
    logging.getLogger("mine").warning("before")
    {SCRIPT}""",
    )
    assert shown == []
    assert (tmp_path / "own.log").read_text().split("\n") == ["before", "of a library", ""]


@pytest.mark.parametrize(
    ("config", "line", "problem"),
    [
        ("handlers:\n  console: [\n}", 3, "is no YAML"),
        ("- handlers", 1, "is no mapping"),
        ("version: 1\nhandlers:\n  - console", 2, "handlers is no mapping"),
        ("handlers:\n  mine:\n    class: no.such.Class", 2, "No module named 'no'"),
        ("handlers:\n  mine:\n    class: logging.StreamHandler\n    nope: 1", 2, "unexpected keyword argument"),
        ("loggers:\n  a:\n    level: INFO\n  prefect.flow_runs:\n    level: LOUD", 4, "there is no level 'LOUD'"),
        ("version: 1\nroot:\n  handlers: [nowhere]", 2, "there is no 'nowhere' among the handlers"),
        ("loggers:\n  a:\n    level: ${HEADRACE_NOPE}", 3, "HEADRACE_NOPE, which is no setting"),
        ("formatters:\n  a:\n    format: $ 5", 3, "write $$ for a dollar"),
    ],
)
def test_a_bad_file_is_told_with_its_line_and_runs_go_on(
    run: RunConfigured, stored: Stored, tmp_path: Path, config: str, line: int, problem: str
) -> None:
    shown = run(config)
    (told,) = [text for text in shown if text.startswith("headrace: ")]
    assert f"{tmp_path / 'mine.yml'}, line {line}," in told
    assert problem in told
    assert told.endswith("Logging goes on as without it.")
    assert any(text.endswith("WARNING | Flow run 'the run' - in a flow") for text in shown)
    assert kept(stored) == ["in a flow", "in a task"]


def test_a_file_that_is_not_there_is_told(run: RunConfigured, tmp_path: Path) -> None:
    process_shown = run(
        HEADRACE_LOGGING_CONFIG_PATH=str(tmp_path / "nowhere.yml"), script=SCRIPT.replace('"yaml", ', "")
    )
    assert process_shown[0].startswith(
        f"headrace: The logging configuration in {tmp_path / 'nowhere.yml'} cannot be read"
    )


def test_logging_can_be_set_up_by_hand_before_and_after_a_run(
    start: StartScript, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADRACE_LOGGING_EXTRA_LOGGERS", "their")
    process = start("""
        import logging
        from headrace import flow, get_run_logger
        from headrace.logging.configuration import PROCESS_LOGGING_CONFIG, ensure_logging_setup, setup_logging

        @flow
        def pipeline(what):
            get_run_logger().info(what)
            logging.getLogger("their").warning("of a library")

        ensure_logging_setup()
        assert not PROCESS_LOGGING_CONFIG
        assert setup_logging()["incremental"] is False
        pipeline("first")
        assert setup_logging()["incremental"] is True
        pipeline("second")
        setup_logging(incremental=False)
        pipeline("third")
    """)
    _, shown = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    for run, what in zip(stored.flow_runs(), ("first", "second", "third"), strict=True):
        assert stored.lines(run)[1:-1] == [what, "of a library"]
        assert shown.count(f"- {what}\n") == 1
    assert shown.count("of a library\n") == 3


def test_a_logger_of_headrace_shows_its_lines_before_any_run(start: StartScript) -> None:
    process = start("""
        from headrace.logging import get_logger
        get_logger("mine").info("early")
        get_logger("mine").debug("a detail")
    """)
    assert process.communicate(timeout=60)[1].endswith("| INFO    | headrace.mine - early\n")
