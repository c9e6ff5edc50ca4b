"""The loggers that users ask for, and switching those of runs off."""

import builtins
import logging
import os
import sys
import threading
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from io import StringIO
from typing import Any, Final, Self
from weakref import ref

from headrace._kernel.current import Frame, TaskFrame, current_flow, innermost
from headrace._kernel.ids import id_text
from headrace.exceptions import MissingContextError
from headrace.logging.routes import ensure_log_routes
from headrace.settings import settings_around

__all__ = [
    "LogEavesdropper",
    "LoggingAdapter",
    "PrefectLogAdapter",
    "RunLogger",
    "disable_logger",
    "disable_run_logger",
    "flow_run_logger",
    "get_logger",
    "get_run_logger",
    "logs_prints",
    "patch_print",
    "print_as_log",
    "run_logger",
    "task_run_logger",
]

_FLOW_RUNS: Final = "headrace.flow_runs"
_TASK_RUNS: Final = "headrace.task_runs"
_UNKNOWN: Final = "<unknown>"

LoggingAdapter = logging.LoggerAdapter[logging.Logger]


class PrefectLogAdapter(LoggingAdapter):
    """A logger each of whose records has the attributes `extra`, next to those that a call gives."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Adds the attributes to those of the call."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs

    def getChild(self, suffix: str, extra: dict[str, Any] | None = None) -> "PrefectLogAdapter":  # noqa: N802 - as Logger's own
        """The logger of the same attributes whose name ends in `suffix`."""
        return PrefectLogAdapter(self.logger.getChild(suffix), {**(self.extra or {}), **(extra or {})})


class RunLogger(PrefectLogAdapter):
    """A logger whose lines belong to one run of this process, wherever they are written from.

    `extra` says which run: `flow_run_id`, `flow_run_name`, `flow_name`, and in a task `task_run_id`, `task_run_name`,
    `task_name`; each line's record has them as attributes.
    """

    def __init__(self, logger: logging.Logger, extra: dict[str, Any], frame: Frame) -> None:
        super().__init__(logger, extra)
        self._frame = ref(frame)  # which has this logger, and is to go with its run

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Adds the run to the record, next to the caller's own `extra`."""
        msg, kwargs = super().process(msg, kwargs)
        kwargs["extra"]["headrace_frame"] = self._frame()
        return msg, kwargs

    def getChild(self, suffix: str, extra: dict[str, Any] | None = None) -> PrefectLogAdapter:  # noqa: N802 - as Logger's own
        """The logger of the same run whose name ends in `suffix`."""
        child, attributes = self.logger.getChild(suffix), {**(self.extra or {}), **(extra or {})}
        frame = self._frame()
        return PrefectLogAdapter(child, attributes) if frame is None else RunLogger(child, attributes, frame)


def get_logger(name: str | None = None) -> logging.Logger:
    """The logger `headrace.<name>`; `headrace` itself without a name. Its lines are shown outside of runs, too."""
    ensure_log_routes()
    if not name:
        return logging.getLogger("headrace")
    name = _ours(name)
    return logging.getLogger(name if name.partition(".")[0] == "headrace" else f"headrace.{name}")


def _ours(name: str) -> str:
    """The name of a logger, where code written for Prefect means one of Prefect's own."""
    return f"headrace{name.removeprefix('prefect')}" if name.partition(".")[0] == "prefect" else name


def get_run_logger(context: Any = None, **kwargs: Any) -> RunLogger | logging.Logger:
    """The logger of the run that this code belongs to: the task run in a task, else the flow run.

    `context` is that of another run of this process, as `headrace.context` gives it; `kwargs` become attributes of
    each line's record. Raises MissingContextError outside of a run, unless run loggers are disabled there.
    """
    frame: Frame | None = innermost.get() if context is None else getattr(context, "_frame", None)
    if frame is None:
        if logging.getLogger(_FLOW_RUNS).disabled and logging.getLogger(_TASK_RUNS).disabled:
            silent = logging.getLogger("headrace.null")
            silent.disabled = True
            return silent
        raise MissingContextError(
            "There is no active flow or task run context: get_run_logger() works inside a flow or a task. "
            "Elsewhere, use headrace.logging.get_logger()."
        )
    return run_logger(frame, **kwargs)


def run_logger(frame: Frame, **kwargs: Any) -> RunLogger:
    """The logger of a run that runs in this process; `kwargs` become attributes of each line's record."""
    logger: RunLogger | None = frame.logger
    if kwargs or logger is None:
        name = _TASK_RUNS if type(frame) is TaskFrame else _FLOW_RUNS
        logger = RunLogger(logging.getLogger(name), {**_told(frame), **kwargs}, frame)
        if not kwargs:
            frame.logger = logger
    return logger


def flow_run_logger(
    flow_run: Any = None, flow: Any = None, flow_run_id: Any = None, **kwargs: Any
) -> PrefectLogAdapter:
    """A logger whose lines are kept with a flow run, which need not run here: hooks have its object.

    `kwargs` become attributes of each line's record. ValueError where neither the run nor its id is given.
    """
    if flow_run is None and flow_run_id is None:
        raise ValueError("flow_run_logger() needs the flow run, or its flow_run_id.")
    told = {
        "flow_run_name": flow_run.name if flow_run is not None else _UNKNOWN,
        "flow_run_id": str(flow_run.id if flow_run is not None else flow_run_id),
        "flow_name": flow.name if flow is not None else _UNKNOWN,
        "deployment_name": None,
    }
    return PrefectLogAdapter(logging.getLogger(_FLOW_RUNS), {**told, **kwargs})


def task_run_logger(
    task_run: Any, task: Any = None, flow_run: Any = None, flow: Any = None, **kwargs: Any
) -> PrefectLogAdapter:
    """A logger whose lines are kept with a task run, which need not run here; see `flow_run_logger`.

    The names of a flow run and its flow that are not given are those of the flow run at hand.
    """
    if (at_hand := current_flow()) is not None:
        flow, flow_run = flow or at_hand.flow, flow_run or at_hand
    told = {
        "task_run_id": str(task_run.id),
        "task_run_name": task_run.name,
        "task_name": task.name if task is not None else _UNKNOWN,
        "flow_run_id": str(task_run.flow_run_id) if task_run.flow_run_id else None,
        "flow_run_name": flow_run.name if flow_run is not None else _UNKNOWN,
        "flow_name": flow.name if flow is not None else _UNKNOWN,
    }
    return PrefectLogAdapter(logging.getLogger(_TASK_RUNS), {**told, **kwargs})


def _told(frame: Frame) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if type(frame) is TaskFrame:
        told = {"task_run_id": id_text(frame.run_id), "task_run_name": frame.name, "task_name": frame.task.name}
    if (flow_frame := frame.flow_frame) is not None:
        told["flow_run_id"] = id_text(flow_frame.run_id)
        told["flow_run_name"] = flow_frame.name
        told["flow_name"] = flow_frame.flow.name
    if type(frame) is not TaskFrame:
        told["deployment_name"] = None  # of a flow that is called
    return told


@contextmanager
def disable_logger(name: str) -> Generator[None]:
    """Switches a logger off for what is inside, in all threads."""
    logger = logging.getLogger(_ours(name))
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


@contextmanager
def disable_run_logger() -> Generator[None]:
    """Switches the loggers of runs off: `get_run_logger` works outside of a run, too, as a test of `.fn` needs it."""
    with disable_logger(_FLOW_RUNS), disable_logger(_TASK_RUNS):
        yield


def logs_prints(frame: Frame) -> bool:
    """Whether a run's prints are lines of its log: as its flow or task says, else as the flow run around, else the
    setting.
    """
    if type(frame) is TaskFrame:
        said, around = frame.task.log_prints, frame.flow_frame
    else:
        said, around = frame.flow.log_prints, frame.parent.flow_frame if frame.parent is not None else None
    if said is not None:
        return bool(said)
    if around is not None:
        return around.log_prints
    return (settings_around() or frame.session.process_settings).logging.log_prints


def print_as_log(*args: Any, **kwargs: Any) -> None:
    """Prints into the log of the run at hand, where that logs its prints; else, or to a file of one's own, prints."""
    frame = innermost.get()
    file = kwargs.get("file")
    if (
        frame is None
        or not (logs_prints(frame) if type(frame) is TaskFrame else frame.log_prints)
        or not (file is None or file is sys.stdout or file is sys.stderr)
        or _here.is_logging
    ):
        _print(*args, **kwargs)
        return
    kwargs["file"] = line = StringIO()
    _print(*args, **kwargs)
    _here.is_logging = True
    try:
        get_run_logger().info(line.getvalue().rstrip(), stacklevel=2)
    finally:
        _here.is_logging = False


class _Here(threading.local):
    is_logging = False  # Then a handler of the user's prints, and must not be handed what it prints.


_here = _Here()
_print = builtins.print
_patching = threading.Lock()
_patches = 0


@contextmanager
def patch_print() -> Generator[None]:
    """Lets `print` write into the log of the run at hand for what is inside, where that run logs its prints.

    Runs leave in any order: with the last one, `print` is again what it was before the first.
    """
    global _patches, _print
    with _patching:
        _patches += 1
        if _patches == 1:
            _print, builtins.print = builtins.print, print_as_log
    try:
        yield
    finally:
        with _patching:
            _patches -= 1
            if _patches == 0 and builtins.print is print_as_log:  # else somebody else has patched it meanwhile
                builtins.print = _print


def _forked() -> None:
    """In a forked child: the lock may be held by a thread of the parent, which does not exist here."""
    global _patching
    _patching = threading.Lock()


os.register_at_fork(after_in_child=_forked)


class LogEavesdropper(logging.Handler):
    """Keeps what a logger says while it is entered: `with LogEavesdropper("my.library") as heard: ... heard.text()`."""

    def __init__(self, eavesdrop_on: str, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self.setFormatter(logging.Formatter("[%(levelname)s]: %(message)s"))
        self.eavesdrop_on = _ours(eavesdrop_on)
        self._lines: list[str] = []

    def __enter__(self) -> Self:
        self._lines = []
        self._before = logging.getLogger(self.eavesdrop_on).level
        logging.getLogger(self.eavesdrop_on).addHandler(self)
        logging.getLogger(self.eavesdrop_on).setLevel(self.level)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger(self.eavesdrop_on).removeHandler(self)
        logging.getLogger(self.eavesdrop_on).setLevel(self._before)

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a line."""
        self._lines.append(self.format(record))

    def text(self) -> str:
        """What was said, a line each."""
        return "\n".join(self._lines)
