"""The settings that exist, the variables that set them, and what a bad value is answered with."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from headrace.exceptions import ConfigurationError

__all__ = [
    "APISettings",
    "DatabaseSettings",
    "JournalSettings",
    "LoggingSettings",
    "ServerSettings",
    "SettingOrigin",
    "Settings",
    "get_current_settings",
    "settings_in_effect",
]

_MIB = 1024 * 1024


class APISettings(msgspec.Struct, frozen=True):
    """Where the control plane is."""

    url: str | None = None  # None: embedded, in the home's own store


class DatabaseSettings(msgspec.Struct, frozen=True):
    """What holds the control plane's rows."""

    url: str | None = None  # None: `<home>/headrace.db`; only a server may use PostgreSQL


class JournalSettings(msgspec.Struct, frozen=True):
    """The durable stream of this process's reports."""

    durability: Literal["process", "disk"] = "process"  # "disk": synced, so that a power cut loses nothing either
    exit_timeout_seconds: float = 10.0
    log_bound_bytes: int = 256 * _MIB  # undrained log lines beyond this are dropped, oldest first, and counted


class LoggingSettings(msgspec.Struct, frozen=True):
    """What is logged, and how it is shown."""

    level: str = "INFO"
    colors: bool = True
    to_api: bool = True


class ServerSettings(msgspec.Struct, frozen=True):
    """Where a server listens."""

    host: str = "127.0.0.1"
    port: int = 4200


class Settings(msgspec.Struct, frozen=True):
    """All settings of this process."""

    home: Path
    api: APISettings = APISettings()
    database: DatabaseSettings = DatabaseSettings()
    journal: JournalSettings = JournalSettings()
    logging: LoggingSettings = LoggingSettings()
    server: ServerSettings = ServerSettings()

    @property
    def database_url(self) -> str:
        """The URL of the database, the home's SQLite file where none is set."""
        return self.database.url or f"sqlite:///{self.home / 'headrace.db'}"


class SettingOrigin(msgspec.Struct, frozen=True):
    """One setting as it is in effect, and what says so."""

    variable: str  # by which it is set
    value: object
    set_by: str | None  # the variable that was found: `variable`, or Prefect's of the same meaning; None: the default


def get_current_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings as the environment gives them now; ConfigurationError names a variable with a bad value."""
    return _settings(_Reader(os.environ if environment is None else environment))


def settings_in_effect(environment: Mapping[str, str] | None = None) -> tuple[SettingOrigin, ...]:
    """Every setting with where it comes from, in the order of their definition; raises as `get_current_settings`."""
    read = _Reader(os.environ if environment is None else environment)
    _settings(read)
    return tuple(read.found)


def _settings(read: "_Reader") -> Settings:
    return Settings(
        home=read("HOME", _home, Path("~/.headrace").expanduser(), peer=None),
        api=APISettings(url=read("API_URL", _text, None)),
        database=DatabaseSettings(url=read("DATABASE_URL", _text, None, peer="SERVER_DATABASE_CONNECTION_URL")),
        journal=JournalSettings(
            durability=read("JOURNAL_DURABILITY", _durability, "process", peer=None),
            exit_timeout_seconds=read("JOURNAL_EXIT_TIMEOUT_SECONDS", float, 10.0, peer=None),
            log_bound_bytes=read("JOURNAL_LOG_BOUND_BYTES", int, 256 * _MIB, peer=None),
        ),
        logging=LoggingSettings(
            level=read("LOGGING_LEVEL", _level, "INFO"),
            colors=read("LOGGING_COLORS", _truth, "NO_COLOR" not in read.environment),
            to_api=read("LOGGING_TO_API_ENABLED", _truth, True),
        ),
        server=ServerSettings(
            host=read("SERVER_API_HOST", _text, "127.0.0.1"), port=read("SERVER_API_PORT", _port, 4200)
        ),
    )


class _Reader:
    """Reads one variable after the other, and says which one has a bad value."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.found: list[SettingOrigin] = []

    def __call__(self, name: str, parse: Callable[[str], Any], default: Any, peer: str | None = "") -> Any:
        names = [f"HEADRACE_{name}"]
        if peer is not None:
            names.append(f"PREFECT_{peer or name}")
        for variable in names:
            text = self.environment.get(variable, "")
            if text:
                try:
                    value = parse(text)
                except ValueError as error:
                    raise ConfigurationError(
                        f"The setting {variable} is {text!r}, which cannot be used: {error}."
                    ) from error
                self.found.append(SettingOrigin(names[0], value, variable))
                return value
        self.found.append(SettingOrigin(names[0], default, None))
        return default


def _home(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _text(text: str) -> str:
    return text


def _truth(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on", "t", "y"):
        return True
    if text.lower() in ("0", "false", "no", "off", "f", "n"):
        return False
    raise ValueError("it must be true or false")


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError("a port is a number from 0 to 65535")
    return port


def _level(text: str) -> str:
    level = text.upper()
    if level not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise ValueError("it must be DEBUG, INFO, WARNING, ERROR or CRITICAL")
    return level


def _durability(text: str) -> Literal["process", "disk"]:
    if text not in ("process", "disk"):
        raise ValueError("it must be 'process' or 'disk'")
    return text
