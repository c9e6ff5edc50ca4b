"""Settings: what the environment, files and profiles say, as frozen values, read at entry points and handed on.

A setting is read from `HEADRACE_<NAME>`, else from the `PREFECT_<NAME>` of the same meaning, in the first source that
has it: the environment, `.env`, `headrace.toml`, `prefect.toml`, `pyproject.toml`, the profile in use. Else it has its
default. Where the home and the profiles are, the environment alone says: the rest is found through it.

Each is importable as an object, too: `from headrace.settings import HEADRACE_API_URL`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from headrace.settings._reading import (
    SettingOrigin,
    get_current_settings,
    process_settings,
    settings_around,
    settings_in_effect,
    temporary_settings,
)
from headrace.settings._values import (
    APISettings,
    DatabaseSettings,
    FlowsSettings,
    JournalSettings,
    LoggingSettings,
    ServerSettings,
    Settings,
    StoreSettings,
    TasksSettings,
)

if TYPE_CHECKING:
    from headrace.settings._objects import Setting
    from headrace.settings.profiles import (
        Profile,
        ProfilesCollection,
        load_current_profile,
        load_profile,
        load_profiles,
        save_profiles,
        update_current_profile,
        use_profile,
    )

__all__ = [
    "APISettings",
    "DatabaseSettings",
    "FlowsSettings",
    "JournalSettings",
    "LoggingSettings",
    "Profile",
    "ProfilesCollection",
    "ServerSettings",
    "Setting",
    "SettingOrigin",
    "Settings",
    "StoreSettings",
    "TasksSettings",
    "get_current_settings",
    "load_current_profile",
    "load_profile",
    "load_profiles",
    "process_settings",
    "save_profiles",
    "settings_around",
    "settings_in_effect",
    "temporary_settings",
    "update_current_profile",
    "use_profile",
]

_OF_PROFILES = (
    "Profile",
    "ProfilesCollection",
    "load_current_profile",
    "load_profile",
    "load_profiles",
    "save_profiles",
    "update_current_profile",
    "use_profile",
)


def __getattr__(name: str) -> Any:
    if name in _OF_PROFILES:
        return getattr(import_module("headrace.settings.profiles"), name)
    if name == "Setting" or name.startswith(("HEADRACE_", "PREFECT_")):
        objects = import_module("headrace.settings._objects")
        found = objects.Setting if name == "Setting" else objects.setting_named(name)
        if name == "Setting" or found.is_known:
            return found
    raise AttributeError(f"headrace.settings has no {name!r}: `headrace config view --show-defaults` lists what it has")
