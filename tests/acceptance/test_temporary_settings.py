"""Settings that are changed for a while: runs that begin inside go by them, others do not."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from headrace._engine.session import close_session
from headrace.context import refresh_global_settings_context, root_settings_context
from headrace.server.store.opening import open_store
from headrace.settings import (
    HEADRACE_API_URL,
    HEADRACE_HOME,
    HEADRACE_LOGGING_LOG_PRINTS,
    HEADRACE_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from tests.acceptance.conftest import StartScript
from tests.acceptance.doors import embedded_alone
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored
from tests.support.served import served


@pytest.fixture
def other_home(tmp_path: Path) -> Path:
    return tmp_path / "other"


@embedded_alone
def test_runs_that_begin_inside_report_to_the_home_that_is_named_there(
    face: Face, stored: Stored, other_home: Path
) -> None:
    @face.task
    def work() -> None:
        pass

    @face.flow
    def child() -> Any:
        yield work()

    @face.flow
    def pipeline() -> Any:
        yield work()
        yield child()

    face.run(pipeline)
    with temporary_settings({HEADRACE_HOME: other_home}):
        assert stored.flow_runs() == []
        face.run(pipeline)
        face.run(work)
        assert len(stored.flow_runs()) == 2
        assert len(stored.task_runs()) == 4
        face.run(child)
    face.run(child)
    assert len(stored.flow_runs()) == 3
    with temporary_settings({HEADRACE_HOME: other_home}):
        assert len(stored.flow_runs()) == 3


def test_runs_of_a_run_report_where_it_does(face: Face, stored: Stored, other_home: Path) -> None:
    @face.task
    def work() -> None:
        pass

    @face.flow
    def pipeline() -> Any:
        with temporary_settings({HEADRACE_HOME: other_home}):
            yield work()

    face.run(pipeline)
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Completed"]
    assert not other_home.exists()


@embedded_alone
def test_what_the_first_run_is_told_is_not_told_to_the_next(
    face: Face, stored: Stored, other_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    @face.flow
    def pipeline() -> None:
        print("told")

    with temporary_settings({HEADRACE_HOME: other_home, HEADRACE_LOGGING_LOG_PRINTS: True}):
        face.run(pipeline)
        assert capsys.readouterr().out == ""
    face.run(pipeline)
    assert capsys.readouterr().out == "told\n"
    assert len(stored.flow_runs()) == 1


def test_lines_can_be_left_unkept_for_a_while(face: Face, stored: Stored) -> None:
    @face.flow
    def pipeline() -> None:
        pass

    with temporary_settings({HEADRACE_LOGGING_TO_API_ENABLED: False}):
        face.run(pipeline)
    face.run(pipeline)
    unkept, kept = stored.flow_runs()
    assert stored.lines(unkept) == []
    assert len(stored.lines(kept)) == 2


@embedded_alone
def test_an_api_that_is_named_for_a_while_is_reported_to(
    face: Face, stored: Stored, other_home: Path, tmp_path: Path
) -> None:
    @face.task
    def work() -> None:
        pass

    face.run(work)
    store = open_store(f"sqlite:///{tmp_path}/server.db")
    with closing(store), served(store) as url:
        with temporary_settings({HEADRACE_HOME: other_home, HEADRACE_API_URL: url}):
            face.run(work)
            face.run(work)
            assert len(stored.task_runs()) == 2
        close_session()
    assert len(stored.task_runs()) == 1
    assert list((other_home / "journals").iterdir()) == []


@embedded_alone
def test_a_forked_child_reports_where_its_run_did(start: StartScript, stored: Stored, other_home: Path) -> None:
    process = start(f"""
        import os, sys
        from headrace import flow, task
        from headrace.settings import temporary_settings

        @task
        def work():
            pass

        @flow
        def pipeline():
            if (child := os.fork()) == 0:
                work()
                sys.exit(0)
            os.waitpid(child, 0)

        with temporary_settings({{"HEADRACE_HOME": {str(other_home)!r}}}):
            pipeline()
    """)
    _, shown = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    assert stored.flow_runs() == []
    with temporary_settings({HEADRACE_HOME: other_home}):
        assert [run.name.rpartition("-")[0] for run in stored.task_runs()] == ["work"]


@embedded_alone
def test_the_settings_of_the_process_can_be_read_anew(
    face: Face, stored: Stored, other_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @face.flow
    def pipeline() -> None:
        print("told")

    face.run(pipeline)
    monkeypatch.setenv("HEADRACE_LOGGING_LOG_PRINTS", "true")
    face.run(pipeline)
    assert capsys.readouterr().out == "told\ntold\n"
    refresh_global_settings_context()
    face.run(pipeline)
    assert capsys.readouterr().out == ""
    assert len(stored.flow_runs()) == 3
    with temporary_settings({HEADRACE_LOGGING_LOG_PRINTS: False}):
        assert root_settings_context().settings.logging.log_prints is True
    monkeypatch.setenv("HEADRACE_HOME", str(other_home))
    refresh_global_settings_context()
    face.run(pipeline)
    assert len(stored.flow_runs()) == 1


def test_a_setting_that_is_a_list_can_be_changed_for_a_while() -> None:
    with temporary_settings({"HEADRACE_LOGGING_EXTRA_LOGGERS": ["sqlalchemy"]}) as settings:
        assert settings.logging.extra_loggers == ["sqlalchemy"]
        with temporary_settings({"HEADRACE_LOGGING_EXTRA_LOGGERS": None}) as default:
            assert default.logging.extra_loggers == []
