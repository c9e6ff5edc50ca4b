"""Settings come from the environment, ours before the peer's, and a bad one is named."""

from pathlib import Path

import pytest

from headrace.exceptions import ConfigurationError
from headrace.settings import get_current_settings


def test_defaults_need_no_environment() -> None:
    settings = get_current_settings({})
    assert settings.home == Path("~/.headrace").expanduser()
    assert settings.api.url is None
    assert settings.database_url == f"sqlite:///{settings.home}/headrace.db"


def test_a_prefect_variable_of_the_same_meaning_is_read() -> None:
    settings = get_current_settings({"PREFECT_API_URL": "http://there/api", "PREFECT_LOGGING_LEVEL": "debug"})
    assert settings.api.url == "http://there/api"
    assert settings.logging.level == "DEBUG"


def test_our_own_variable_comes_first() -> None:
    settings = get_current_settings({"PREFECT_API_URL": "http://there/api", "HEADRACE_API_URL": "http://here/api"})
    assert settings.api.url == "http://here/api"


def test_the_peers_home_is_not_ours() -> None:
    assert get_current_settings({"PREFECT_HOME": "/peer"}).home == Path("~/.headrace").expanduser()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HEADRACE_SERVER_API_PORT", "high"),
        ("HEADRACE_SERVER_API_PORT", "70000"),
        ("HEADRACE_JOURNAL_DURABILITY", "paper"),
        ("HEADRACE_LOGGING_LEVEL", "LOUD"),
        ("PREFECT_LOGGING_TO_API_ENABLED", "perhaps"),
        ("HEADRACE_JOURNAL_EXIT_TIMEOUT_SECONDS", "x"),
    ],
)
def test_a_bad_value_is_refused_with_the_variables_name(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable) as refused:
        get_current_settings({variable: value})
    assert repr(value) in str(refused.value)


def test_an_empty_variable_is_not_set() -> None:
    assert get_current_settings({"HEADRACE_API_URL": ""}).api.url is None
