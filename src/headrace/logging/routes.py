"""Where lines go: the logger `headrace` gets its level and handlers once a process, when the first run begins."""

import logging
import os
from collections.abc import Callable
from typing import Final, Protocol

from headrace._kernel import late
from headrace.logging.console import Console
from headrace.logging.handlers import APILogHandler, ConsoleHandler
from headrace.settings import LoggingSettings, Settings, get_current_settings

__all__ = ["LogRoutes", "ensure_log_routes", "listen_to", "log_routes", "take_as_configured"]

_OURS: Final = ("headrace", "headrace.flow_runs", "headrace.task_runs")
_PARTS: Final = ("FILTERS", "FORMATTERS", "HANDLERS", "LOGGERS", "ROOT")
_KEYS: Final = tuple(f"{prefix}_LOGGING_{part}_" for prefix in ("HEADRACE", "PREFECT") for part in _PARTS)


class LogRoutes:
    """What setting up made: the console, and whether the engine may write its own lines past the logging machinery."""

    __slots__ = ("_handlers", "_root", "console")

    def __init__(self, root: logging.Logger, console: Console, handlers: tuple[logging.Handler, ...] | None) -> None:
        self._root = root
        self._handlers = handlers  # None: they are the user's configuration's
        self.console = console

    def is_plain(self, logger: logging.Logger, level: int) -> bool:
        """Whether a line of `logger` would reach our own handlers and nothing else, unfiltered.

        Then the engine writes it directly: a LogRecord costs 10 us, which is more than the task run it tells of.
        """
        root = self._root
        return (
            logger.isEnabledFor(level)
            and not logger.handlers
            and not logger.filters
            and logger.propagate is not False
            and not root.filters
            and not root.propagate
            and tuple(root.handlers) == self._handlers
        )


class Configure(Protocol):
    """Configures logging as a file of the user's and variables of the environment say."""

    def __call__(self, settings: Settings, tell: Callable[[str], None]) -> bool: ...


_routes: LogRoutes | None = None


def log_routes(settings: Settings) -> LogRoutes:
    """The routes of this process, opened at the first call: as a configuration of the user's says, else our own."""
    global _routes
    for name in _OURS:
        # `logging.config` switches off every logger that it does not name, these too where they were made before.
        logging.getLogger(name).disabled = False
    if _routes is None:
        root = logging.getLogger("headrace")
        console = Console(colors=settings.logging.colors)
        if _is_configured(settings):
            configure: Configure = late.load("configure_logging")
            if configure(settings, lambda message: console.write(f"headrace: {message}\n")):
                return take_as_configured(console)
        _routes = _own_routes(root, console, settings.logging)
    return _routes


def take_as_configured(console: Console) -> LogRoutes:
    """The routes of this process where a configuration has given the loggers their handlers."""
    global _routes
    _routes = LogRoutes(logging.getLogger("headrace"), console, None)
    return _routes


def ensure_log_routes() -> None:
    """Opens the routes of this process where no run has done so yet."""
    if _routes is None:
        log_routes(get_current_settings())


def _is_configured(settings: Settings) -> bool:
    """Whether the user says more about where lines go than the settings do."""
    return settings.logging_file is not None or any(name.startswith(_KEYS) for name in os.environ)


def _own_routes(root: logging.Logger, console: Console, settings: LoggingSettings) -> LogRoutes:
    if root.level == logging.NOTSET:
        root.setLevel(settings.level)
    handlers: tuple[logging.Handler, ...] = (ConsoleHandler(console),)
    if settings.to_api.enabled:
        handlers = (APILogHandler(), *handlers)
    for handler in handlers:
        root.addHandler(handler)
    root.propagate = False
    listen_to(settings.extra_loggers, handlers)
    return LogRoutes(root, console, tuple(root.handlers))


def listen_to(names: list[str], handlers: tuple[logging.Handler, ...]) -> None:
    """Keeps the lines of the extra loggers with the run that they are written in, and shows them.

    Their own levels say which, as ever. They go on to the program's own handlers; where it has none, the terminal is
    ours, else a line would stand there twice.
    """
    for name in names:
        logger = logging.getLogger(name)
        if any(isinstance(handler, APILogHandler) for handler in logger.handlers):
            continue
        is_shown = logger.hasHandlers()
        for handler in handlers:
            if isinstance(handler, APILogHandler) or not is_shown:
                logger.addHandler(handler)
