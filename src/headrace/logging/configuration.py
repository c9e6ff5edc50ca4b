"""Setting logging up, once a process, when the first run begins."""

import logging
from collections.abc import Callable

from headrace._kernel.current import Frame
from headrace.logging.console import Console
from headrace.logging.handlers import ConsoleHandler, RunLogHandler
from headrace.settings import LoggingSettings

__all__ = ["LogRoutes", "setup_logging"]


class LogRoutes:
    """What setting up made: the console, and whether the engine may write its own lines past the logging machinery."""

    __slots__ = ("_handlers", "_root", "console")

    def __init__(self, root: logging.Logger, console: Console, handlers: tuple[logging.Handler, ...]) -> None:
        self._root = root
        self._handlers = handlers
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


_OURS = ("headrace", "headrace.flow_runs", "headrace.task_runs")
_routes: LogRoutes | None = None


def setup_logging(settings: LoggingSettings, report: Callable[[Frame, bytes], None]) -> LogRoutes:
    """Gives the logger `headrace` its level and handlers (the terminal, the logs of runs), once a process."""
    global _routes
    root = logging.getLogger("headrace")
    for name in _OURS:
        # `logging.config` switches off every logger that it does not name, these too where they were made before.
        logging.getLogger(name).disabled = False
    if _routes is None:
        if root.level == logging.NOTSET:
            root.setLevel(settings.level)
        console = Console(colors=settings.colors)
        handlers: tuple[logging.Handler, ...] = (ConsoleHandler(console),)
        if settings.to_api.enabled:
            handlers = (RunLogHandler(report), *handlers)
        for handler in handlers:
            root.addHandler(handler)
        root.propagate = False
        _listen_to(settings, handlers)
        _routes = LogRoutes(root, console, tuple(root.handlers))
    return _routes


def _listen_to(settings: LoggingSettings, handlers: tuple[logging.Handler, ...]) -> None:
    """Keeps the lines of the extra loggers with the run that they are written in, and shows them.

    Their own levels say which, as ever. They go on to the program's own handlers; where it has none, the terminal is
    ours, else a line would stand there twice.
    """
    for name in settings.extra_loggers:
        logger = logging.getLogger(name)
        is_shown = logger.hasHandlers()
        for handler in handlers:
            if not (is_shown and isinstance(handler, ConsoleHandler)):
                logger.addHandler(handler)
