"""Settings: what the environment says, as frozen values. Read at entry points and handed on as arguments.

A setting is read from `HEADRACE_<NAME>`, else from the `PREFECT_<NAME>` of the same meaning, else it has its default.
"""

from headrace.settings._values import (
    APISettings,
    DatabaseSettings,
    JournalSettings,
    LoggingSettings,
    ServerSettings,
    Settings,
    get_current_settings,
)

__all__ = [
    "APISettings",
    "DatabaseSettings",
    "JournalSettings",
    "LoggingSettings",
    "ServerSettings",
    "Settings",
    "get_current_settings",
]
