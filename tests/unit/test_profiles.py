"""Profiles: named sets of settings in a file that people edit, too."""

from pathlib import Path

import pytest

from headrace.context import SettingsContext, get_settings_context
from headrace.context import use_profile as use_profile_with_context
from headrace.exceptions import MissingProfileError, ProfileSettingsValidationError
from headrace.settings import (
    HEADRACE_API_URL,
    HEADRACE_LOGGING_LEVEL,
    Profile,
    get_current_settings,
    load_current_profile,
    load_profile,
    load_profiles,
    save_profiles,
    temporary_settings,
    update_current_profile,
    use_profile,
)

DEV = '[profiles.dev]\nPREFECT_API_URL = "http://dev/api"\nPREFECT_API_KEY = "kept"\n'


@pytest.fixture(autouse=True)
def file(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of profiles, with one."""
    monkeypatch.chdir(tmp_path)
    (home / "profiles.toml").write_text(DEV)
    return home / "profiles.toml"


def test_without_a_file_the_built_in_ones_are_there(file: Path) -> None:
    file.unlink()
    assert load_profiles().names == {"ephemeral", "local"}
    assert load_profiles(include_defaults=False).names == set()
    assert load_current_profile().name == "ephemeral"


def test_the_active_profile_is_in_use_unless_a_variable_names_another(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f'active = "dev"\n{DEV}')
    assert get_current_settings().api.url == "http://dev/api"
    monkeypatch.setenv("PREFECT_PROFILE", "local")
    assert get_current_settings().api.url == "http://127.0.0.1:4200/api"
    monkeypatch.setenv("HEADRACE_PROFILE", "nope")
    with pytest.raises(MissingProfileError, match=r"'nope', which HEADRACE_PROFILE names: there are dev"):
        get_current_settings()


def test_a_file_elsewhere_is_named_by_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text('active = "mine"\n[profiles.mine]\nHEADRACE_LOGGING_LEVEL = "ERROR"\n')
    monkeypatch.setenv("HEADRACE_PROFILES_PATH", str(tmp_path / "mine.toml"))
    assert HEADRACE_LOGGING_LEVEL.value() == "ERROR"


def test_a_profile_can_be_used_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    with use_profile("dev") as used:
        assert used.name == load_current_profile().name == "dev"
        assert HEADRACE_API_URL.value() == "http://dev/api"
        monkeypatch.setenv("HEADRACE_API_URL", "http://said/api")
        assert HEADRACE_API_URL.value() == "http://said/api"
        with use_profile("dev", override_environment_variables=True):
            assert HEADRACE_API_URL.value() == "http://dev/api"
    with temporary_settings({HEADRACE_LOGGING_LEVEL: "ERROR"}):
        with use_profile("dev"):
            assert HEADRACE_LOGGING_LEVEL.value() == "ERROR"
        with use_profile("dev", include_current_context=False):
            assert HEADRACE_LOGGING_LEVEL.value() == "INFO"
    with pytest.raises(ValueError, match="'nope'"), use_profile("nope"):
        pass


def test_a_settings_context_shows_profile_and_settings() -> None:
    with use_profile_with_context("dev") as context:
        assert isinstance(context, SettingsContext)
        assert (context.profile.name, context.settings.api.url) == ("dev", "http://dev/api")
    assert get_settings_context().profile.name == "ephemeral"


def test_what_is_saved_is_read_back_with_what_we_do_not_know(file: Path) -> None:
    profiles = load_profiles()
    profiles.add_profile(Profile("a b", {HEADRACE_API_URL: 'http://"x"/api', "HEADRACE_LOGGING_COLORS": False}))
    profiles.set_active("a b")
    save_profiles(profiles)
    assert load_profiles().active_name == "a b"
    assert load_profile("a b").to_environment_variables() == {
        "HEADRACE_API_URL": 'http://"x"/api',
        "HEADRACE_LOGGING_COLORS": "false",
    }
    assert load_profile("dev").to_environment_variables()["PREFECT_API_KEY"] == "kept"
    assert load_profiles(include_defaults=False).names == {"dev", "a b"}
    assert file.stat().st_mode & 0o077 == 0
    assert get_current_settings().api.url == 'http://"x"/api'


def test_the_profile_in_use_is_updated_only_with_what_can_be_used(file: Path) -> None:
    update_current_profile({HEADRACE_LOGGING_LEVEL: "DEBUG"})
    assert load_profile("ephemeral").settings == {HEADRACE_LOGGING_LEVEL: "DEBUG"}
    before = file.read_text()
    with pytest.raises(ProfileSettingsValidationError, match="LOUD"):
        update_current_profile({HEADRACE_LOGGING_LEVEL: "LOUD"})
    assert file.read_text() == before


def test_a_collection_keeps_names_apart() -> None:
    profiles = load_profiles()
    with pytest.raises(ValueError, match="'dev' already"):
        profiles.add_profile(Profile("dev"))
    with pytest.raises(ValueError, match="'nope'"):
        profiles.set_active("nope")
    with pytest.raises(KeyError):
        profiles["nope"]
    profiles.update_profile("dev", {"PREFECT_API_KEY": None})
    assert profiles["dev"].settings == {HEADRACE_API_URL: "http://dev/api"}
    profiles.remove_profile("dev")
    assert "dev" not in profiles.to_dict()["profiles"]
