"""Applying a configuration in the shape of `logging.config.dictConfig`, whole or not at all."""

import logging
import logging.config
from functools import partial
from typing import Any

__all__ = ["Unusable", "apply"]


class Unusable(ValueError):
    """A configuration that cannot be applied; `path` says which part of it: `("handlers", "console")`."""

    def __init__(self, path: tuple[str, ...], cause: Exception) -> None:
        reason = cause.__cause__ or cause
        super().__init__(f"{'.'.join(path) or 'it'}: {reason}")
        self.path = path


def apply(config: dict[str, Any]) -> dict[str, logging.Handler]:
    """Gives formatters, handlers and loggers what `config` says; returns its handlers by their names.

    Differs from `dictConfig` because logging is configured while the program runs: that would close every handler
    that the program has made by then, and a file that is closed is not written to again.
    """
    configurator = _Configurator(config)
    if config.get("incremental"):
        try:
            configurator.configure()
        except (ValueError, TypeError, AttributeError, ImportError) as error:
            raise Unusable((), error) from error
        return {}
    return configurator.apply()


class _Configurator(logging.config.DictConfigurator):
    def apply(self) -> dict[str, logging.Handler]:
        config: dict[str, Any] = self.config
        sections: tuple[tuple[str, Any], ...] = (
            ("formatters", self.configure_formatter),
            ("filters", self.configure_filter),
        )
        for section, make in sections:
            names: list[str] = list(config.get(section) or {})
            for name in names:
                config[section][name] = self._made(section, name, make)
        handlers: dict[str, logging.Handler] = {}
        pending: list[str] = sorted(config.get("handlers") or {})
        deferred: set[str] = set()
        for name in pending:
            try:
                handler = self._made("handlers", name, self.configure_handler)
            except Unusable as error:
                # A handler may lead to another one, which is made later.
                if name in deferred or "target not configured yet" not in str(error):
                    raise
                deferred.add(name)
                pending.append(name)
                continue
            handler.name = name
            config["handlers"][name] = handlers[name] = handler
        self._place(handlers)
        return handlers

    def _place(self, handlers: dict[str, logging.Handler]) -> None:
        """Gives the loggers their levels and handlers, after everything that could fail was made."""
        config: dict[str, Any] = self.config
        loggers: dict[str, Any] = config.get("loggers") or {}
        for path, entry in ((("root",), config.get("root")), *((("loggers", name), loggers[name]) for name in loggers)):
            _check(path, entry or {}, handlers, config.get("filters") or {})
        for name in loggers:
            self._made("loggers", name, partial(self.configure_logger, name))
        if config.get("disable_existing_loggers"):
            kept = ("headrace", *loggers)
            for name, logger in list(logging.root.manager.loggerDict.items()):
                if isinstance(logger, logging.Logger) and not any(f"{name}.".startswith(f"{each}.") for each in kept):
                    logger.disabled = True
        if config.get("root") and not _has_handlers_of_its_own(logging.getLogger()):
            self.configure_root(config["root"])

    def _made(self, section: str, name: str, make: Any) -> Any:
        try:
            return make(self.config[section][name] or {})
        except Exception as error:
            raise Unusable((section, name), error) from error


def _check(path: tuple[str, ...], entry: Any, handlers: dict[str, Any], filters: dict[str, Any]) -> None:
    level = entry.get("level", 0)
    if not isinstance(level, int) and level not in logging.getLevelNamesMapping():
        raise Unusable(path, ValueError(f"there is no level {level!r}"))
    for kind, known in (("handlers", handlers), ("filters", filters)):
        for name in entry.get(kind) or ():
            if name not in known:
                raise Unusable(path, ValueError(f"there is no {name!r} among the {kind}"))


def _has_handlers_of_its_own(root: logging.Logger) -> bool:
    """Whether the program has said by itself where the lines of all loggers go; pytest's handlers are not its own."""
    return any(not type(handler).__module__.startswith("_pytest") for handler in root.handlers)
