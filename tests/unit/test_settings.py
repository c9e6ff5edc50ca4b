"""Settings come from the environment, ours before the peer's, and a bad one is named."""

import re
from pathlib import Path

import pytest

import headrace
from headrace.exceptions import ConfigurationError
from headrace.settings import (
    HEADRACE_API_URL,
    HEADRACE_LOGGING_LEVEL,
    PREFECT_API_URL,
    PREFECT_HOME,
    get_current_settings,
    settings_in_effect,
    temporary_settings,
)
from headrace.settings._objects import setting_named


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


@pytest.mark.parametrize("variable", ["SERVER_DATABASE_CONNECTION_URL", "API_DATABASE_CONNECTION_URL"])
@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("sqlite+aiosqlite:////srv/runs.db", "sqlite:////srv/runs.db"),
        ("sqlite+aiosqlite:////srv/runs.db?timeout=60", "sqlite:////srv/runs.db"),
        ("sqlite:////srv/runs.db", "sqlite:////srv/runs.db"),
        ("postgresql+asyncpg://ada:pw@db:5432/runs", "postgresql://ada:pw@db:5432/runs"),
        ("postgresql+asyncpg://ada@db/runs?ssl=require", "postgresql://ada@db/runs?sslmode=require"),
        ("postgresql://ada@db/runs?sslmode=require", "postgresql://ada@db/runs?sslmode=require"),
    ],
)
def test_a_database_url_of_prefect_is_read_without_its_driver(variable: str, said: str, read: str) -> None:
    assert get_current_settings({f"PREFECT_{variable}": said}).database_url == read


PARTS = {"DRIVER": "postgresql+asyncpg", "HOST": "db", "NAME": "runs"}


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        (PARTS, "postgresql://db/runs"),
        (
            {**PARTS, "USER": "ada", "PASSWORD": "p@w/d", "PORT": "5433"},
            "postgresql://ada:p%40w%2Fd@db:5433/runs",
        ),
        ({**PARTS, "HOST": "::1", "USER": "ada"}, "postgresql://ada@[::1]/runs"),
        ({**PARTS, "HOST": "/run/postgresql"}, "postgresql://%2Frun%2Fpostgresql/runs"),
        ({"DRIVER": "sqlite+aiosqlite", "NAME": "/srv/runs.db"}, "sqlite:////srv/runs.db"),
        ({"DRIVER": "sqlite+aiosqlite"}, "sqlite:////home/of/ada/headrace.db"),
        ({"HOST": "db", "NAME": "runs"}, "sqlite:////home/of/ada/headrace.db"),  # as Prefect, which asks for a driver
        ({**PARTS, "CONNECTION_URL": "sqlite:////srv/other.db"}, "sqlite:////srv/other.db"),
    ],
)
@pytest.mark.parametrize("prefix", ["PREFECT_SERVER_DATABASE", "PREFECT_API_DATABASE", "HEADRACE_SERVER_DATABASE"])
def test_a_database_may_be_said_in_parts(prefix: str, parts: dict[str, str], url: str) -> None:
    variables = {f"{prefix}_{part}": value for part, value in parts.items()}
    assert get_current_settings({"HEADRACE_HOME": "/home/of/ada", **variables}).database_url == url


def test_a_part_of_a_database_that_lacks_or_is_wrong_is_named() -> None:
    settings = get_current_settings({"PREFECT_SERVER_DATABASE_DRIVER": "postgresql+asyncpg"})
    with pytest.raises(ConfigurationError, match="HEADRACE_DATABASE_HOST and HEADRACE_DATABASE_NAME"):
        settings.database_url  # noqa: B018 - it is made when it is asked for
    for part, value in {"DRIVER": "mysql", "PORT": "five"}.items():
        with pytest.raises(ConfigurationError, match=f"PREFECT_SERVER_DATABASE_{part} is '{value}'"):
            get_current_settings({f"PREFECT_SERVER_DATABASE_{part}": value})


def test_a_database_in_memory_is_refused() -> None:
    said = "sqlite+aiosqlite:///file::memory:?cache=shared&uri=true"
    with pytest.raises(ConfigurationError, match=r"PREFECT_API_DATABASE_CONNECTION_URL .*name a file"):
        get_current_settings({"PREFECT_API_DATABASE_CONNECTION_URL": said})


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
        ("PREFECT_CLIENT_RETRY_EXTRA_CODES", "429,often"),
        ("HEADRACE_CLIENT_RETRY_JITTER_FACTOR", "-1"),
    ],
)
def test_a_bad_value_is_refused_with_the_variables_name(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable) as refused:
        get_current_settings({variable: value})
    assert repr(value) in str(refused.value)


def test_an_empty_variable_is_not_set() -> None:
    assert get_current_settings({"HEADRACE_API_URL": ""}).api.url is None


@pytest.fixture
def folder(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an empty home."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def test_a_stronger_source_wins(folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def level() -> tuple[object, str | None]:
        origin = next(each for each in settings_in_effect() if each.variable == "HEADRACE_LOGGING_LEVEL")
        return origin.value, origin.set_by

    assert level() == ("INFO", None)
    (home / "profiles.toml").write_text('active = "a"\n[profiles.a]\nPREFECT_LOGGING_LEVEL = "debug"\n')
    assert level() == ("DEBUG", "PREFECT_LOGGING_LEVEL in profile 'a'")
    (folder / "pyproject.toml").write_text('[tool.headrace.logging]\nlevel = "WARNING"\n')
    assert level() == ("WARNING", "logging.level in pyproject.toml")
    (folder / "prefect.toml").write_text('[logging]\nlevel = "ERROR"\n')
    assert level() == ("ERROR", "logging.level in prefect.toml")
    (folder / "headrace.toml").write_text('[logging]\nlevel = "INFO"\n')
    assert level() == ("INFO", "logging.level in headrace.toml")
    (folder / ".env").write_text('# ours\nOTHER=1\nexport HEADRACE_LOGGING_LEVEL="CRITICAL" # loud\n')
    assert level() == ("CRITICAL", "HEADRACE_LOGGING_LEVEL in .env")
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "DEBUG")
    assert level() == ("DEBUG", "PREFECT_LOGGING_LEVEL")
    with temporary_settings({HEADRACE_LOGGING_LEVEL: "ERROR"}):
        assert level() == ("ERROR", "temporary_settings")
    assert level() == ("DEBUG", "PREFECT_LOGGING_LEVEL")


def test_a_bad_value_in_a_file_is_refused_with_its_place(folder: Path) -> None:
    (folder / "headrace.toml").write_text("[server.api]\nport = 70000\n")
    with pytest.raises(ConfigurationError, match=r"server\.api\.port in headrace\.toml is 70000.* from 0 to 65535"):
        get_current_settings()
    (folder / "headrace.toml").write_text("[server.api\n")
    with pytest.raises(ConfigurationError, match=r"headrace\.toml is no TOML"):
        get_current_settings()


def test_a_setting_is_an_object_by_either_name() -> None:
    assert PREFECT_API_URL == HEADRACE_API_URL
    assert {HEADRACE_API_URL: 1} == {PREFECT_API_URL: 1}
    assert (PREFECT_API_URL.name, PREFECT_API_URL.value(), bool(PREFECT_API_URL)) == ("PREFECT_API_URL", None, False)
    assert HEADRACE_LOGGING_LEVEL.default() == "INFO"
    with pytest.raises(ImportError, match="HEADRACE_NOPE"):
        from headrace.settings import HEADRACE_NOPE  # type: ignore[attr-defined]  # noqa: F401


def test_temporary_settings_nest(folder: Path) -> None:
    with temporary_settings({HEADRACE_API_URL: "http://a/api", "PREFECT_TASKS_DEFAULT_RETRIES": "3"}) as outer:
        assert outer == get_current_settings()
        assert (outer.api.url, outer.tasks.default_retries) == ("http://a/api", 3)
        with temporary_settings(set_defaults={HEADRACE_API_URL: "http://b/api", HEADRACE_LOGGING_LEVEL: "DEBUG"}):
            assert HEADRACE_API_URL.value() == "http://a/api"
            assert HEADRACE_LOGGING_LEVEL.value() == "DEBUG"
        with temporary_settings(restore_defaults=[HEADRACE_API_URL]):
            assert HEADRACE_API_URL.value() is None
        with temporary_settings({HEADRACE_API_URL: None}) as inner:
            assert (inner.api.url, inner.tasks.default_retries) == (None, 3)
    assert HEADRACE_API_URL.value() is None


def test_a_temporary_home_has_its_own_database_and_profiles(folder: Path, tmp_path: Path) -> None:
    with temporary_settings({PREFECT_HOME: tmp_path / "other"}) as settings:
        assert settings.database_url == f"sqlite:///{tmp_path}/other/headrace.db"
        assert settings.profiles_path == tmp_path / "other" / "profiles.toml"


def test_temporary_settings_refuse_what_cannot_be(folder: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match="HEADRACE_LOGGING_LEVEL"),
        temporary_settings({HEADRACE_LOGGING_LEVEL: "LOUD"}),
    ):
        pass
    with pytest.raises(ValueError, match="'HEADRACE_NOPE'"), temporary_settings({"HEADRACE_NOPE": 1}):
        pass


@pytest.mark.parametrize(("text", "delays"), [("2.5", 2.5), ("1,2", [1.0, 2.0]), ("[1, 2]", [1.0, 2.0]), ("[3]", 3.0)])
def test_a_delay_is_a_number_or_one_for_each_retry(text: str, delays: object) -> None:
    read = get_current_settings({"PREFECT_TASK_DEFAULT_RETRY_DELAY_SECONDS": text}).tasks.default_retry_delay_seconds
    assert read == delays


def test_every_setting_is_read_somewhere() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(headrace.__file__).parent.rglob("*.py"))
    unread = [
        setting.variable
        for setting in settings_in_effect({})
        if not re.search(rf"\w\.{setting_named(setting.variable).accessor.rpartition('.')[2]}\b", source)
    ]
    # These say where settings are read, and what others come to.
    assert unread == ["HEADRACE_PROFILES_PATH", "HEADRACE_DEBUG_MODE"]


def test_debug_mode_logs_every_line() -> None:
    settings = get_current_settings({"PREFECT_DEBUG_MODE": "1", "HEADRACE_LOGGING_LEVEL": "ERROR"})
    assert settings.logging.level == "DEBUG"


def test_settings_can_be_handed_to_another_process_as_variables() -> None:
    given = {
        "HEADRACE_API_URL": "http://there/api",
        "HEADRACE_LOGGING_EXTRA_LOGGERS": "a,b",
        "HEADRACE_LOGGING_COLORS": "no",
        "HEADRACE_TASKS_DEFAULT_RETRY_DELAY_SECONDS": "1,2",
    }
    settings = get_current_settings(given)
    assert get_current_settings(settings.to_environment_variables()) == settings
    assert settings.to_environment_variables(exclude_unset=True)["HEADRACE_LOGGING_EXTRA_LOGGERS"] == '["a","b"]'
    assert "HEADRACE_LOGGING_LEVEL" not in settings.to_environment_variables(exclude_unset=True)


def test_a_secret_is_not_seen_and_is_handed_on() -> None:
    settings = get_current_settings({"PREFECT_API_AUTH_STRING": "ada:lovelace", "HEADRACE_API_KEY": "hidden"})
    assert "lovelace" not in repr(settings)
    assert "hidden" not in f"{settings.api} {settings.api.key}"
    assert settings.api.auth_string is not None
    assert settings.api.auth_string.get_secret_value() == "ada:lovelace"
    assert settings.to_environment_variables()["HEADRACE_API_AUTH_STRING"] == "ada:lovelace"
    with pytest.raises(ConfigurationError, match=r"HEADRACE_API_AUTH_STRING is \*+, .* user:password") as refused:
        get_current_settings({"HEADRACE_API_AUTH_STRING": "lovelace"})
    assert "lovelace" not in str(refused.value)


def test_pages_are_on_the_server_of_the_api_unless_said_otherwise() -> None:
    assert get_current_settings({"HEADRACE_API_URL": "http://there/api/"}).ui_url == "http://there"
    assert get_current_settings({"HEADRACE_API_URL": "http://there/api", "PREFECT_UI_URL": "x"}).ui_url == "x"
    assert get_current_settings({}).ui_url is None


def test_an_empty_api_url_of_ours_is_stronger_than_one_of_prefect() -> None:
    theirs = {"PREFECT_API_URL": "http://127.0.0.1:4200/api"}
    assert get_current_settings(theirs).api.url is not None
    assert get_current_settings({**theirs, "HEADRACE_API_URL": ""}).api.url is None
    assert get_current_settings({"PREFECT_API_URL": ""}).api.url is None
