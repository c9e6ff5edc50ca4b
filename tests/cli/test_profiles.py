"""`headrace profile` and `headrace config`: what one command writes, the next one goes by."""

import pytest

from tests.cli.terminal import Terminal


def test_a_profile_is_made_used_filled_renamed_and_deleted(terminal: Terminal) -> None:
    assert terminal.ask("profile", "create", "dev").code == 0
    assert terminal.ask("profile", "use", "dev").code == 0
    assert terminal.ask("config", "set", "PREFECT_LOGGING_LEVEL=DEBUG", "HEADRACE_API_URL=http://u:p@x/api").code == 0
    assert terminal.ask("profile", "inspect", "-o", "json").json == {
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "HEADRACE_API_URL": "http://u:p@x/api",
    }
    shown = terminal.ask("config", "view").out
    assert "HEADRACE_PROFILE='dev'" in shown
    assert "HEADRACE_LOGGING_LEVEL='DEBUG' (from PREFECT_LOGGING_LEVEL in profile 'dev')" in shown
    assert "u:p@" not in shown
    assert "u:p@" in terminal.ask("config", "view", "--show-secrets").out
    seen = terminal.ask("config", "view", "-o", "json", "--show-defaults").json
    assert (seen["profile"], seen["settings"]["HEADRACE_SERVER_API_PORT"]) == ("dev", 4200)
    assert seen["sources"]["HEADRACE_SERVER_API_PORT"] == "default"
    assert terminal.ask("config", "unset", "-y", "HEADRACE_LOGGING_LEVEL", "PREFECT_API_URL").code == 0
    assert terminal.ask("profile", "inspect", "dev").out == "The profile 'dev' sets nothing.\n"
    assert terminal.ask("profile", "rename", "dev", "other").code == 0
    assert terminal.ask("profile", "ls").out.splitlines() == [
        "  ephemeral  runs are stored in the home",
        "  local      runs go to http://127.0.0.1:4200/api",
        "* other      runs are stored in the home",
    ]
    assert terminal.ask("profile", "delete", "other").code == 2
    assert terminal.ask("profile", "use", "local").code == 0
    assert terminal.ask("profile", "delete", "other").code == 0
    assert terminal.ask("profile", "ls", "-o", "json").json == [
        {"name": "ephemeral", "active": False},
        {"name": "local", "active": True},
    ]


def test_a_password_is_set_and_not_shown(terminal: Terminal) -> None:
    told = terminal.ask("config", "set", "HEADRACE_API_AUTH_STRING=ada:lovelace")
    shown = terminal.ask("config", "view")
    assert (told.code, shown.code) == (0, 0)
    assert "HEADRACE_API_AUTH_STRING" in shown.out
    assert "lovelace" not in told.out + shown.out + terminal.ask("config", "view", "-o", "json").out
    assert "lovelace" not in terminal.ask("doctor").out
    assert "lovelace" in terminal.ask("config", "view", "--show-secrets").out
    refused = terminal.ask("config", "set", "HEADRACE_API_AUTH_STRING=lovelace")
    assert refused.code == 2
    assert "user:password" in refused.err
    assert "lovelace" not in refused.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("config", "set", "HEADRACE_NOPE=1"), "There is no setting 'HEADRACE_NOPE'"),
        (("config", "set", "HEADRACE_LOGGING_LEVEL"), "give it as VAR=VALUE"),
        (("config", "set", "HEADRACE_HOME=/x"), "in the environment alone"),
        (("config", "set", "HEADRACE_TASKS_DEFAULT_RETRIES=x"), "it must be a whole number"),
        (("config", "unset", "-y", "HEADRACE_LOGGING_LEVEL"), "is not set in the profile 'ephemeral'"),
        (("profile", "use", "nope"), "There is no profile 'nope'"),
        (("profile", "inspect", "nope"), "There is no profile 'nope'"),
        (("profile", "delete", "nope"), "There is no profile 'nope'"),
        (("profile", "delete", "local"), "comes with Headrace"),
        (("profile", "create", "a", "--from", "nope"), "There is no profile 'nope'"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_told_in_a_sentence(terminal: Terminal, words: tuple[str, ...], told: str) -> None:
    answer = terminal.ask(*words)
    assert answer.code != 0
    assert told in answer.err


def test_settings_are_validated(terminal: Terminal) -> None:
    assert terminal.ask("config", "validate").out == "Every setting can be used.\n"


def test_a_profile_is_used_for_one_command(terminal: Terminal) -> None:
    assert terminal.ask("--profile", "local", "config", "view").out.startswith("HEADRACE_PROFILE='local'\n")
    assert terminal.ask("config", "view").out.startswith("HEADRACE_PROFILE='ephemeral'\n")
    answer = terminal.ask("--profile", "nope", "config", "view")
    assert (answer.code, "There is no profile 'nope'" in answer.err) == (1, True)


def test_profiles_that_come_with_headrace_are_written_to_be_changed(terminal: Terminal) -> None:
    path = terminal.home / "profiles.toml"
    assert terminal.ask("profile", "populate-defaults").out == f"Wrote ephemeral, local into {path}.\n"
    assert "http://127.0.0.1:4200/api" in path.read_text()
    assert terminal.ask("profile", "populate-defaults").out == f"{path} has all of them already.\n"
    assert terminal.ask("profile", "delete", "local").code == 0


def test_questions_are_asked_where_somebody_wants_them(terminal: Terminal) -> None:
    assert terminal.ask("config", "set", "HEADRACE_LOGGING_LEVEL=DEBUG").code == 0
    words = ("config", "unset", "HEADRACE_LOGGING_LEVEL")
    refused = terminal.type("--prompt", *words, typed="n\n")
    assert (refused.code, "Remove HEADRACE_LOGGING_LEVEL" in refused.out) == (1, True)
    assert terminal.type("--no-prompt", *words).code == 0
