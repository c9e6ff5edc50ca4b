"""The table of settings: what each is called, how it is read, and what is allowed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

__all__ = [
    "BY_NAME",
    "BY_PATH",
    "DEFINITIONS",
    "MASK",
    "VARIABLES",
    "Definition",
    "SecretText",
    "bare_name",
    "revealed",
    "written",
]

MASK: Final = "*" * 8


class SecretText:
    """A secret among the settings, with the methods of pydantic's SecretStr, whose import takes long."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self) -> str:
        """The text itself."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"SecretText('{MASK}')"


def revealed(secret: SecretText | None) -> str | None:
    """The text of a secret, where there is one."""
    return secret.get_secret_value() if secret is not None else None


_MIB = 1024 * 1024


class Definition(msgspec.Struct, frozen=True):
    """One setting. `names` are those of its variables without prefix, our own first; the others are the peer's."""

    path: str
    parse: Callable[[Any], Any]
    default: Any
    names: tuple[str, ...]
    is_shared: bool = True  # whether PREFECT_<name> is read as well
    in_profiles: bool = True
    is_secret: bool = False  # whether its value is a SecretText
    may_be_empty: bool = False  # whether our variable, set to nothing, gives it its default whatever weaker sources say

    @property
    def variable(self) -> str:
        """The variable that sets it."""
        return f"HEADRACE_{self.names[0]}"

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables that set it, the first one found wins: ours before the peer's."""
        ours = tuple(f"HEADRACE_{name}" for name in self.names)
        return ours + tuple(f"PREFECT_{name}" for name in self.names) if self.is_shared else ours


def _path(value: Any) -> Path:
    return Path(str(value)).expanduser().absolute()


def _text(value: Any) -> str:
    return str(value)


def _text_or_none(value: Any) -> str | None:
    return str(value) or None


def _database_url(value: Any) -> str:
    """The URL without the driver that Prefect's names, and that driver's own options."""
    scheme, _, rest = str(value).partition("://")
    kind, _, driver = scheme.partition("+")
    if not driver:
        return str(value)
    if kind == "sqlite":
        rest = rest.partition("?")[0]
        if ":memory:" in rest:
            raise ValueError("a database in memory ends with its process: name a file, as sqlite:////absolute/path.db")
    elif driver == "asyncpg":
        rest = rest.replace("?ssl=", "?sslmode=").replace("&ssl=", "&sslmode=")
    return f"{kind}://{rest}"


def _database_kind(value: Any) -> str:
    """What a driver that Prefect's settings name, or the first part of a URL, leads to."""
    kind = str(value).partition("+")[0].lower()
    if kind not in ("postgresql", "sqlite"):
        raise ValueError("it must be postgresql or sqlite")
    return kind


def _secret_or_none(value: Any) -> SecretText | None:
    if isinstance(value, SecretText):
        return value
    return SecretText(str(value)) if str(value) else None


def _user_and_password(value: Any) -> SecretText | None:
    secret = _secret_or_none(value)
    if secret is not None and ":" not in secret.get_secret_value():
        raise ValueError("it must be a user and a password, as user:password")
    return secret


def _truth(value: Any) -> bool:
    text = str(value).lower()
    if text in ("1", "true", "yes", "on", "t", "y"):
        return True
    if text in ("0", "false", "no", "off", "f", "n"):
        return False
    raise ValueError("it must be true or false")


def _seconds(value: Any) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        raise ValueError("it must be a number of seconds") from None
    if not 0 <= seconds < float("inf"):
        raise ValueError("it must be a number of seconds, 0 or more")
    return seconds


def _count(value: Any) -> int:
    try:
        count = int(value)
    except (TypeError, ValueError):
        raise ValueError("it must be a whole number") from None
    if count < 0:
        raise ValueError("it must be a whole number, 0 or more")
    return count


def _workers(value: Any) -> int:
    if (count := _count(value)) == 0:
        raise ValueError("it must be a whole number, 1 or more")
    return count


def _delays(value: Any) -> float | list[float]:
    """A number of seconds, or one for each retry: a list, of JSON or between commas."""
    values = _list(value)
    return _seconds(values[0]) if len(values) == 1 and not isinstance(value, list) else [_seconds(v) for v in values]


def _list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple | set):
        return list(value)  # type: ignore[reportUnknownArgumentType]  # each is checked where it is used
    text = str(value).strip()
    if text.startswith("["):
        try:
            return msgspec.json.decode(text, type=list[Any])
        except msgspec.DecodeError:
            raise ValueError("it must be a list, in JSON or between commas") from None
    return [part.strip() for part in text.split(",") if part.strip()]


def _names(value: Any) -> list[str]:
    return [str(name) for name in _list(value)]


def _factor(value: Any) -> float:
    try:
        factor = float(value)
    except (TypeError, ValueError):
        factor = -1.0
    if not 0 <= factor < float("inf"):
        raise ValueError("it must be a number, 0 or more")
    return factor


def _lease_term(value: Any) -> float:
    seconds = _seconds(value)
    if not 1 <= seconds <= 86_400:
        raise ValueError("it must be a number of seconds, from 1 to 86400")
    return seconds


def _status_codes(value: Any) -> list[int]:
    codes = [int(str(code)) if str(code).isdecimal() else 0 for code in _list(value)]
    if any(not 100 <= code <= 599 for code in codes):
        raise ValueError("it must be statuses of HTTP, from 100 to 599, between commas")
    return codes


def _port(value: Any) -> int:
    try:
        port = int(value)
    except (TypeError, ValueError):
        port = -1
    if not 0 <= port <= 65535:
        raise ValueError("a port is a number from 0 to 65535")
    return port


def _one_of(*allowed: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        for each in allowed:
            if str(value).lower() == each.lower():
                return each
        raise ValueError(f"it must be one of {', '.join(allowed)}")

    return parse


_level = _one_of("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _defined(path: str, parse: Callable[[Any], Any], default: Any, *others: str, **options: Any) -> Definition:
    return Definition(path, parse, default, (path.upper().replace(".", "_"), *others), **options)


DEFINITIONS: Final = (
    _defined("home", _path, None, is_shared=False, in_profiles=False),
    _defined("profiles_path", _path, None, is_shared=False, in_profiles=False),
    _defined("debug_mode", _truth, False),
    _defined("api.auth_string", _user_and_password, None, is_secret=True),
    _defined("api.key", _secret_or_none, None, is_secret=True),
    _defined("api.lease_seconds", _lease_term, 60.0, is_shared=False),
    _defined("api.startup_tolerance_seconds", _seconds, 10.0, is_shared=False),
    _defined("api.url", _text_or_none, None, may_be_empty=True),
    _defined("client.max_retries", _count, 5),
    _defined("client.retry_extra_codes", _status_codes, []),
    _defined("client.retry_jitter_factor", _factor, 0.2),
    _defined("ui_url", _text, None),
    _defined("database.url", _database_url, None, "SERVER_DATABASE_CONNECTION_URL", "API_DATABASE_CONNECTION_URL"),
    *(
        _defined(f"database.{part}", parse, None, f"SERVER_DATABASE_{part.upper()}", f"API_DATABASE_{part.upper()}")
        for part, parse in (
            ("driver", _database_kind),
            ("host", _text_or_none),
            ("port", _port),
            ("user", _text_or_none),
            ("name", _text_or_none),
        )
    ),
    _defined(
        "database.password",
        _secret_or_none,
        None,
        "SERVER_DATABASE_PASSWORD",
        "API_DATABASE_PASSWORD",
        is_secret=True,
    ),
    _defined("flows.default_retries", _count, 0, "FLOW_DEFAULT_RETRIES"),
    _defined("flows.default_retry_delay_seconds", _delays, 0, "FLOW_DEFAULT_RETRY_DELAY_SECONDS"),
    _defined("journal.durability", _one_of("process", "disk"), "process", is_shared=False),
    _defined("journal.exit_timeout_seconds", _seconds, 10.0, is_shared=False),
    _defined("journal.log_bound_bytes", _count, 256 * _MIB, is_shared=False),
    _defined("logging.level", _level, "INFO"),
    _defined("logging.colors", _truth, True),
    _defined("logging.config_path", _path, None, "LOGGING_SETTINGS_PATH"),
    _defined("logging.extra_loggers", _names, []),
    _defined("logging.log_prints", _truth, False),
    _defined("logging.progress", _truth, True, is_shared=False),
    _defined("logging.to_api.enabled", _truth, True),
    _defined("server.api.auth_string", _user_and_password, None, is_secret=True),
    _defined("server.api.allowed_hosts", _names, [], is_shared=False),
    _defined("server.api.cors_allowed_headers", _names, ["*"], "SERVER_CORS_ALLOWED_HEADERS"),
    _defined("server.api.cors_allowed_methods", _names, ["*"], "SERVER_CORS_ALLOWED_METHODS"),
    _defined("server.api.cors_allowed_origins", _names, [], "SERVER_CORS_ALLOWED_ORIGINS"),
    _defined("server.api.csrf_protection_enabled", _truth, False, "SERVER_CSRF_PROTECTION_ENABLED"),
    _defined("server.api.csrf_token_expiration", _seconds, 3600.0, "SERVER_CSRF_TOKEN_EXPIRATION"),
    _defined("server.api.host", _text, "127.0.0.1"),
    _defined("server.api.keepalive_timeout", _workers, 75),
    _defined("server.api.port", _port, 4200),
    _defined("server.events.maximum_size_bytes", _count, 1_500_000, "EVENTS_MAXIMUM_SIZE_BYTES"),
    _defined("server.logging_level", _level, "WARNING", "LOGGING_SERVER_LEVEL"),
    _defined("server.metrics_enabled", _truth, True, "API_ENABLE_METRICS"),
    _defined("store.log_retention_days", _count, 30, is_shared=False),
    _defined("tasks.default_retries", _count, 0, "TASK_DEFAULT_RETRIES"),
    _defined("tasks.default_retry_delay_seconds", _delays, 0, "TASK_DEFAULT_RETRY_DELAY_SECONDS"),
    _defined("tasks.runner.process_pool_max_workers", _workers, None),
    _defined("tasks.runner.thread_pool_max_workers", _workers, None, "TASK_RUNNER_THREAD_POOL_MAX_WORKERS"),
)

BY_PATH: Final = {definition.path: definition for definition in DEFINITIONS}
BY_NAME: Final = {name: definition for definition in DEFINITIONS for name in definition.names}
VARIABLES: Final = frozenset(
    {"HEADRACE_PROFILE", *(variable for definition in DEFINITIONS for variable in definition.variables)}
)
"""Every variable that says something to us, with the peer's."""


def written(value: Any) -> str:
    """A value as a variable says it, secrets too."""
    if isinstance(value, SecretText):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    return msgspec.json.encode(value).decode() if isinstance(value, list) else str(value)


def bare_name(variable: str) -> str | None:
    """A variable's name without the prefix; None where it has none of ours."""
    for prefix in ("HEADRACE_", "PREFECT_"):
        if variable.startswith(prefix):
            return variable.removeprefix(prefix)
    return None
