"""The settings as frozen values, nested as the peer nests them."""

from pathlib import Path
from typing import Any, Literal

import msgspec

from headrace.exceptions import ConfigurationError
from headrace.settings._definitions import DEFINITIONS, SecretText, written

__all__ = [
    "APISettings",
    "ClientSettings",
    "DatabaseSettings",
    "FlowsSettings",
    "JournalSettings",
    "LoggingSettings",
    "LoggingToAPISettings",
    "ServerAPISettings",
    "ServerEventsSettings",
    "ServerSettings",
    "Settings",
    "StoreSettings",
    "TasksRunnerSettings",
    "TasksSettings",
    "settings_of",
]

_MIB = 1024 * 1024


class APISettings(msgspec.Struct, frozen=True):
    """Where the control plane is."""

    url: str | None = None  # None: embedded, in the home's own store
    auth_string: SecretText | None = None  # "user:password", for a server that asks for it
    key: SecretText | None = None  # a bearer token
    lease_seconds: float = 60.0  # after so long without a word the server presumes a process dead
    startup_tolerance_seconds: float = 10.0  # how long a script's first run waits for a server that is away


class ClientSettings(msgspec.Struct, frozen=True):
    """How often a client asks again where a server has too much to do, or a connection breaks."""

    max_retries: int = 5
    retry_jitter_factor: float = 0.2  # each wait is prolonged by up to this part of it
    retry_extra_codes: list[int] = msgspec.field(default_factory=list[int])  # statuses that call for it as well


class DatabaseSettings(msgspec.Struct, frozen=True):
    """What holds the control plane's rows."""

    url: str | None = None  # None: `<home>/headrace.db`; only a server may use PostgreSQL
    driver: str | None = None  # "postgresql" or "sqlite": where there is no URL, it is made of this and the others
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: SecretText | None = None
    name: str | None = None  # of the database on its host, or a file of SQLite

    def url_of_parts(self) -> str | None:
        """The URL that the parts come to; None where they name no database, ConfigurationError where a part lacks."""
        if self.driver is None or (self.driver == "sqlite" and self.name is None):
            return None
        if self.driver == "sqlite":
            return f"sqlite:///{self.name}"
        missing = [part for part in ("host", "name") if getattr(self, part) is None]
        if missing:
            lacking = " and ".join(f"HEADRACE_DATABASE_{part.upper()}" for part in missing)
            raise ConfigurationError(
                f"HEADRACE_DATABASE_DRIVER (or Prefect's) names PostgreSQL, and {lacking} is not set: set it, or say "
                "all of it in HEADRACE_DATABASE_URL."
            )
        from urllib.parse import quote  # few need it

        host = f"[{self.host}]" if ":" in (self.host or "") else quote(self.host or "", safe="")
        port = "" if self.port is None else f":{self.port}"
        password = "" if self.password is None else f":{quote(self.password.get_secret_value(), safe='')}"
        login = "" if self.user is None else f"{quote(self.user, safe='')}{password}@"
        return f"postgresql://{login}{host}{port}/{quote(self.name or '', safe='')}"


class FlowsSettings(msgspec.Struct, frozen=True):
    """What flows do that do not say otherwise."""

    default_retries: int = 0
    default_retry_delay_seconds: float | list[float] = 0


class JournalSettings(msgspec.Struct, frozen=True):
    """The durable stream of this process's reports."""

    durability: Literal["process", "disk"] = "process"  # "disk": synced, so that a power cut loses nothing either
    exit_timeout_seconds: float = 10.0
    log_bound_bytes: int = 256 * _MIB  # undrained log lines beyond this are dropped, oldest first, and counted


class LoggingToAPISettings(msgspec.Struct, frozen=True):
    """The lines that are kept with their runs."""

    enabled: bool = True


class LoggingSettings(msgspec.Struct, frozen=True):
    """What is logged, and how it is shown."""

    level: str = "INFO"
    colors: bool = True
    config_path: Path | None = None  # a YAML file that says more of where lines go: `<home>/logging.yml`
    extra_loggers: list[str] = msgspec.field(default_factory=list[str])  # whose lines are kept with the run at hand
    log_prints: bool = False
    progress: bool = True  # whether a terminal shows how far many submitted runs are
    to_api: LoggingToAPISettings = LoggingToAPISettings()


class ServerAPISettings(msgspec.Struct, frozen=True):
    """Where a server listens."""

    host: str = "127.0.0.1"
    port: int = 4200
    allowed_hosts: list[str] = msgspec.field(default_factory=list[str])  # its names, where only this machine reaches it
    cors_allowed_origins: list[str] = msgspec.field(default_factory=list[str])  # whose pages may call; "*" for all
    cors_allowed_methods: list[str] = msgspec.field(default_factory=lambda: ["*"])
    cors_allowed_headers: list[str] = msgspec.field(default_factory=lambda: ["*"])
    csrf_protection_enabled: bool = False
    csrf_token_expiration: float = 3600.0  # seconds
    keepalive_timeout: int = 75  # seconds that a connection may idle: longer than clients keep theirs
    auth_string: SecretText | None = None  # "user:password", which every client then has to show


class ServerEventsSettings(msgspec.Struct, frozen=True):
    """What a server takes of events."""

    maximum_size_bytes: int = 1_500_000  # of one; larger ones are refused, but for those that tell what runs came to


class ServerSettings(msgspec.Struct, frozen=True):
    """A server."""

    api: ServerAPISettings = ServerAPISettings()
    events: ServerEventsSettings = ServerEventsSettings()
    logging_level: str = "WARNING"  # of what it says of itself
    metrics_enabled: bool = True  # whether Prometheus may read numbers of it


class StoreSettings(msgspec.Struct, frozen=True):
    """What the control plane keeps."""

    log_retention_days: int = 30  # of runs that have ended; 0 keeps all lines, for ever


class TasksRunnerSettings(msgspec.Struct, frozen=True):
    """How task runners run what is submitted."""

    thread_pool_max_workers: int | None = None
    process_pool_max_workers: int | None = None  # None: one for each processor


class TasksSettings(msgspec.Struct, frozen=True):
    """What tasks do that do not say otherwise."""

    default_retries: int = 0
    default_retry_delay_seconds: float | list[float] = 0
    runner: TasksRunnerSettings = TasksRunnerSettings()


class Settings(msgspec.Struct, frozen=True):
    """All settings of this process."""

    home: Path
    profiles_path: Path
    debug_mode: bool = False  # every line is logged, whatever the level
    ui_url: str | None = None  # where pages are: by default, on the server of the API
    api: APISettings = APISettings()
    client: ClientSettings = ClientSettings()
    database: DatabaseSettings = DatabaseSettings()
    flows: FlowsSettings = FlowsSettings()
    journal: JournalSettings = JournalSettings()
    logging: LoggingSettings = LoggingSettings()
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    tasks: TasksSettings = TasksSettings()

    def to_environment_variables(self, exclude_unset: bool = False) -> dict[str, str]:
        """The variables that say the same, for another process; `exclude_unset` leaves out what is as by default."""
        variables: dict[str, str] = {}
        for definition in DEFINITIONS:
            value: Any = self
            for part in definition.path.split("."):
                value = getattr(value, part)
            if value is not None and not (exclude_unset and value == definition.default):
                variables[definition.variable] = written(value)
        return variables

    @property
    def database_url(self) -> str:
        """The URL of the database, the home's SQLite file where none is set."""
        return self.database.url or self.database.url_of_parts() or f"sqlite:///{self.home / 'headrace.db'}"

    @property
    def logging_file(self) -> Path | None:
        """The file that configures logging; None where the one in the home is meant, and is not there."""
        path = self.logging.config_path
        return None if path is None or (path == self.home / "logging.yml" and not path.exists()) else path


_NESTED: dict[str, type[msgspec.Struct]] = {
    "api": APISettings,
    "client": ClientSettings,
    "database": DatabaseSettings,
    "flows": FlowsSettings,
    "journal": JournalSettings,
    "logging": LoggingSettings,
    "logging.to_api": LoggingToAPISettings,
    "server": ServerSettings,
    "server.api": ServerAPISettings,
    "server.events": ServerEventsSettings,
    "store": StoreSettings,
    "tasks": TasksSettings,
    "tasks.runner": TasksRunnerSettings,
}


def settings_of(values: dict[str, Any]) -> Settings:
    """The settings of values by their paths, as "logging.level"."""
    parts: dict[str, dict[str, Any]] = {path: {} for path in ("", *_NESTED)}
    for path, value in values.items():
        owner, _, name = path.rpartition(".")
        parts[owner][name] = value
    for path in sorted(_NESTED, key=len, reverse=True):  # the inner ones first
        owner, _, name = path.rpartition(".")
        parts[owner][name] = _NESTED[path](**parts[path])
    return Settings(**parts[""])
