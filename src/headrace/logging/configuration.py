"""The user's own configuration of logging: a YAML file in the shape of `logging.config.dictConfig`, and variables.

The file that HEADRACE_LOGGING_CONFIG_PATH names (`logging.yml` in the home by default) extends `DEFAULT_CONFIG`:

- Filters, formatters, handlers and loggers that it does not name are those of the default. A handler that it names
  without a class, and a logger, change key by key; all else is replaced.
- Where it gives handlers to the root logger or to `headrace`, lines go where it says, and not to our own terminal.
- Lines of runs are kept with them, unless it says itself which loggers the handler `api` has.
- `${HEADRACE_LOGGING_LEVEL}`, or any other setting's variable, stands for its value; `$$` is a dollar.
- Names of Prefect's, of loggers and classes, are read as ours.

A variable HEADRACE_LOGGING_<PATH>_<TO>_<KEY> overrides a single key: HEADRACE_LOGGING_HANDLERS_CONSOLE_LEVEL.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, Final, cast

from headrace._kernel import late
from headrace.exceptions import ConfigurationError
from headrace.logging._application import Unusable, apply
from headrace.logging.console import Console
from headrace.logging.handlers import APILogHandler
from headrace.logging.routes import ensure_log_routes, listen_to, take_as_configured
from headrace.settings import Settings, get_current_settings

__all__ = [
    "DEFAULT_CONFIG",
    "PROCESS_LOGGING_CONFIG",
    "configure_logging",
    "ensure_logging_setup",
    "load_logging_config",
    "setup_logging",
]

Config = dict[str, Any]

_RUN = "%(asctime)s.%(msecs)03d | %(levelname)-7s | "
DEFAULT_CONFIG: Final[Config] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {},
    "formatters": {
        "simple": {"format": "%(asctime)s.%(msecs)03d | %(message)s", "datefmt": "%H:%M:%S"},
        "standard": {
            "()": "headrace.logging.formatters.HeadraceFormatter",
            "format": f"{_RUN}%(name)s - %(message)s",
            "flow_run_fmt": f"{_RUN}Flow run %(flow_run_name)r - %(message)s",
            "task_run_fmt": f"{_RUN}Task run %(task_run_name)r - %(message)s",
            "datefmt": "%H:%M:%S",
        },
        "debug": {"format": f"{_RUN}%(threadName)-12s | %(name)s - %(message)s", "datefmt": "%H:%M:%S"},
        "json": {"class": "headrace.logging.formatters.JsonFormatter", "format": "default"},
    },
    "handlers": {
        "console": {
            "level": 0,
            "class": "headrace.logging.handlers.HeadraceConsoleHandler",
            "formatter": "standard",
            "stream": "ext://sys.stderr",
        },
        "api": {"level": 0, "class": "headrace.logging.handlers.APILogHandler"},
        "debug": {
            "level": 0,
            "class": "logging.StreamHandler",
            "formatter": "debug",
            "stream": "ext://sys.stderr",
        },
    },
    "loggers": {
        "headrace": {"level": "${HEADRACE_LOGGING_LEVEL}", "handlers": ["api", "console"], "propagate": False},
        "headrace.flow_runs": {"level": "NOTSET"},
        "headrace.task_runs": {"level": "NOTSET"},
    },
}
"""What a file extends: as lines go without one."""

PROCESS_LOGGING_CONFIG: Config = {}
"""The configuration that this process applied; empty before, and where it needed none."""

_handlers: dict[str, logging.Handler] = {}
"""Those that it made, also those that no logger has: a change of levels finds them by their names."""

_SECTIONS: Final = ("filters", "formatters", "handlers", "loggers")
# Handlers of Prefect's own file that are not there by their names.
_CLASSES: Final = {
    "headrace.logging.handlers._SafeStreamHandler": "logging.StreamHandler",
    "headrace.logging.handlers.WorkerAPILogHandler": "headrace.logging.handlers.APILogHandler",
}
# Settings that Prefect's own file speaks of, and that we do not have.
_LEVELS: Final = {"SERVER_LOGGING_LEVEL": "WARNING", "INTERNAL_LOGGING_LEVEL": "ERROR"}


def setup_logging(incremental: bool | None = None) -> Config:
    """Configures logging anew, as the file and the variables say; returns the configuration.

    `incremental` changes levels alone, as it does where logging is configured already. Raises ConfigurationError.
    """
    settings = get_current_settings()
    config = _loaded(settings.logging_file, settings)
    config.setdefault("incremental", bool(PROCESS_LOGGING_CONFIG) if incremental is None else incremental)
    _apply(config, settings)
    take_as_configured(Console(colors=settings.logging.colors))
    return config


def ensure_logging_setup() -> None:
    """Sets logging up where no run has done so yet."""
    ensure_log_routes()


def load_logging_config(path: Path) -> Config:
    """The configuration that a file makes of the default one, with what variables override.

    Raises ConfigurationError, which names the file and the line.
    """
    return _loaded(path, get_current_settings())


def configure_logging(settings: Settings, tell: Callable[[str], None]) -> bool:
    """Applies the user's configuration; where that cannot be, says why, and returns False."""
    try:
        config = _loaded(settings.logging_file, settings)
        _apply(config, settings)
    except ConfigurationError as error:
        tell(f"{error} Logging goes on as without it.")
        return False
    for name in _idle_variables(config):
        tell(f"{name} overrides nothing: the logging configuration has no such key.")
    return True


def _loaded(path: Path | None, settings: Settings) -> Config:
    values = _variables(settings)
    default = _substituted(DEFAULT_CONFIG, values)
    given: Config = {}
    if path is not None:
        read: Callable[[Path, Mapping[str, str]], Config] = late.load("logging_file")
        given = _ours(read(path, values))
    return _overridden(_extended(default, given), os.environ)


def _variables(settings: Settings) -> dict[str, str]:
    """What may stand in a file as `${NAME}`: the variables of all settings, and whatever else of ours is set."""
    values = {f"{prefix}_{name}": level for prefix in ("HEADRACE", "PREFECT") for name, level in _LEVELS.items()}
    values |= {name: value for name, value in os.environ.items() if name.startswith(("HEADRACE_", "PREFECT_"))}
    for name, value in settings.to_environment_variables().items():
        values[name] = values[name.replace("HEADRACE_", "PREFECT_", 1)] = value
    return values


def _substituted(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _substituted(inner, values) for key, inner in cast("Config", value).items()}
    if isinstance(value, list):
        return list(cast("list[Any]", value))
    return Template(value).substitute(values) if isinstance(value, str) and "$" in value else value


def _ours(value: Any) -> Any:
    """The same with our names of loggers and classes for those of Prefect's."""
    if isinstance(value, dict):
        return {_own_name(key): _ours(inner) for key, inner in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list):
        return [_ours(inner) for inner in cast("list[Any]", value)]
    return _own_name(value)


def _own_name(name: Any) -> Any:
    if not isinstance(name, str):
        return name
    own = re.sub(r"^((?:ext|cfg)://)?prefect(?=\.|$)", r"\1headrace", name)
    own = re.sub(r"^headrace\.logging\.(\w+)\.Prefect", r"headrace.logging.\1.Headrace", own)
    return _CLASSES.get(own, own)


def _extended(default: Config, given: Config) -> Config:
    """The default with what is given, in the ways that the module's docstring tells."""
    config = {**default, **given}
    for section in _SECTIONS:
        entries: Config = dict(default[section])
        for name, entry in _entries(given, section).items():
            keeps = section == "loggers" or (section == "handlers" and "class" not in entry and "()" not in entry)
            entries[name] = {**entries.get(name, {}), **entry} if keeps else entry
        config[section] = entries
    _route(config, given)
    return config


def _entries(given: Config, section: str) -> dict[str, Config]:
    """A section of what is given; an entry without a value is empty."""
    entries: dict[str, Config | None] = given.get(section) or {}
    return {name: entry or {} for name, entry in entries.items()}


def _route(config: Config, given: Config) -> None:
    """Says where lines of ours go, as far as what is given does not."""
    root: Config = given.get("root") or {}
    loggers = _entries(given, "loggers")
    own, said = config["loggers"]["headrace"], loggers.get("headrace", {})
    handlers = ["console"]
    if "handlers" in root or "handlers" in said:
        handlers = list(said.get("handlers") or ())
        own["propagate"] = said.get("propagate", True)
    is_api_placed = any("api" in (logger.get("handlers") or ()) for logger in (root, *loggers.values()))
    own["handlers"] = handlers if is_api_placed else ["api", *handlers]


def _overridden(config: Config, environment: Mapping[str, str]) -> Config:
    """The configuration with each key as its variable says that has one; ours before Prefect's."""

    def over(value: Any, path: tuple[str, ...]) -> Any:
        if value and isinstance(value, dict):
            return {key: over(inner, (*path, str(key))) for key, inner in cast("dict[Any, Any]", value).items()}
        found = next((text for name in _names(path) if (text := environment.get(name))), None)
        return value if found is None else _as(value, found)

    return over(config, ())


def _idle_variables(config: Config) -> list[str]:
    """The variables of the environment that would override a key that there is not."""

    def known(value: Any, path: tuple[str, ...]) -> Iterator[str]:
        yield from _names(path)
        if isinstance(value, dict):
            for key, inner in cast("dict[Any, Any]", value).items():
                yield from known(inner, (*path, str(key)))

    # Prefect's variables may mean handlers and loggers that are not here.
    prefixes = tuple(f"HEADRACE_LOGGING_{section.upper()}_" for section in (*_SECTIONS, "root"))
    names = set(known(config, ()))
    return sorted(name for name in os.environ if name.startswith(prefixes) and name not in names)


def _names(path: tuple[str, ...]) -> Iterator[str]:
    """The variables of one key: `("loggers", "headrace.flow_runs", "level")` has LOGGERS_HEADRACE_FLOW_RUNS_LEVEL."""
    name = re.sub(r"[^0-9a-zA-Z]+", "_", "_".join(path)).upper()
    yield f"HEADRACE_LOGGING_{name}"
    yield f"PREFECT_LOGGING_{re.sub('^LOGGERS_HEADRACE', 'LOGGERS_PREFECT', name)}"


def _as(before: Any, text: str) -> Any:
    """A variable's text as what it takes the place of."""
    if isinstance(before, list):
        return [part.strip() for part in text.split(",") if part.strip()]
    if isinstance(before, bool):
        return text.lower() in ("1", "true", "yes", "on", "t", "y")
    return int(text) if isinstance(before, int) and text.isdigit() else text


def _apply(config: Config, settings: Settings) -> None:
    try:
        handlers = apply(config)
    except Unusable as error:
        where: Callable[[Path | None, tuple[str, ...]], str] = late.load("logging_file_place")
        raise ConfigurationError(
            f"The logging configuration{where(settings.logging_file, error.path)} cannot be used: {error}."
        ) from error
    PROCESS_LOGGING_CONFIG.clear()
    PROCESS_LOGGING_CONFIG.update(config)
    if not config.get("incremental"):
        _handlers.clear()
        _handlers.update(handlers)
        shown = [each for name, each in handlers.items() if isinstance(each, APILogHandler) or name == "console"]
        listen_to(settings.logging.extra_loggers, tuple(shown))
