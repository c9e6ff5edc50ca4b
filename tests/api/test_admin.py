"""What the control plane tells of itself, through every door."""

from uuid import uuid4

import pytest

from tests.support.asking import Ask


def test_settings_are_told_without_secrets(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_DATABASE_URL", "postgresql://me:pass-word@host/db")
    settings = ask("read_settings").body
    assert settings["database"]["url"] == "postgresql://me:***@host/db"
    assert settings["home"].startswith("/")
    assert "pass-word" not in str(settings)


def test_no_block_holds_results_by_default(ask: Ask) -> None:
    none = {"default_result_storage_block_id": None}
    assert ask("read_server_default_result_storage").body == none
    missing = ask("update_server_default_result_storage", {"default_result_storage_block_id": str(uuid4())})
    assert missing.status == 404
    assert ask("clear_server_default_result_storage").status == 204


def test_everything_is_deleted_where_that_is_confirmed(ask: Ask) -> None:
    flow = ask("create_flow", {"name": "f"}).body
    run = ask("create_flow_run", {"flow_id": flow["id"]}).body
    ask("create_task_run", {"flow_run_id": run["id"], "task_key": "t", "dynamic_key": "0"})
    ask("create_flow_run_input", {"key": "k", "value": "1"}, id=run["id"])
    ask("create_saved_search", {"name": "s"})
    for body in ({}, {"confirm": False}, None):
        assert ask("clear_database", body).status == 422
    assert ask("count_flow_runs").body == 1
    assert ask("clear_database", {"confirm": True}).status == 204
    assert (ask("count_flows").body, ask("count_flow_runs").body, ask("count_task_runs").body) == (0, 0, 0)
    assert ask("read_saved_searches").body == []


def test_the_server_answers_and_is_ready(ask: Ask) -> None:
    assert ask("api_healthcheck").body is True
    assert ask("api_readiness").body == {"message": "OK"}
    assert ask("api_version").body.startswith("3.")
    no_token = ask("create_csrf_token", query={"client": "me"})
    assert (no_token.status, no_token.body) == (422, {"detail": "CSRF protection is disabled."})
    unnamed = ask("create_csrf_token")
    assert unnamed.body["exception_detail"][0]["loc"] == ["query", "client"]
