"""The last line of a failure's traceback: which run, which arguments, which line of the user's code."""

import re
import reprlib
from types import TracebackType
from typing import Any, Final, cast

from headrace._kernel.current import Frame, TaskFrame
from headrace._kernel.late import imported
from headrace._kernel.tracebacks import is_ours

__all__ = ["blame"]

_ARGUMENTS: Final = 6
_SECRET: Final = re.compile(r"passw|secret|token|credential|api_?key|private|auth", re.IGNORECASE)
# Type -> its module, which is loaded where somebody has a value of it.
_PLAIN: Final = {
    **dict.fromkeys(("date", "datetime", "time", "timedelta"), "datetime"),
    **dict.fromkeys(("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"), "pathlib"),
    "Decimal": "decimal",
    "UUID": "uuid",
}


class _Brief(reprlib.Repr):
    """Values in few words, by no code of the user: of an object it says the type alone."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 60
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = 3
        self.maxlevel = 2

    def repr_instance(self, x: Any, level: int) -> str:
        kind = cast("type[Any]", type(x))
        if kind in (int, float, complex, bool, bytes) or x is None or _is_plain(kind):
            return super().repr_instance(x, level)
        return f"<{kind.__name__}>"


def _is_plain(kind: type[Any]) -> bool:
    """Whether it is one of the library's types that say which day, file or record a run is about."""
    module = _PLAIN.get(kind.__name__)
    return module is not None and imported(module, kind.__name__) is kind


_brief: Final = _Brief().repr


def blame(frame: Frame, error: BaseException) -> str:
    """In which run `error` was raised, what that run was called with, and at which line of the user's code."""
    if type(frame) is TaskFrame:
        of = f" of flow run {frame.flow_frame.name!r}" if frame.flow_frame is not None else ""
        run = f"task run {frame.name!r}{of}"
    else:
        run = f"flow run {frame.name!r} of flow {frame.flow.name!r}"
    given = _arguments(frame.parameters)
    where = _line(error.__traceback__)
    return f"In {run}{f', called with {given}' if given else ''}{f', at {where}' if where else ''}"


def _arguments(parameters: dict[str, Any]) -> str:
    shown = [
        f"{name}={'***' if _SECRET.search(name) else _brief(value)}"
        for name, value in list(parameters.items())[:_ARGUMENTS]
    ]
    return ", ".join([*shown, *(["..."] if len(parameters) > _ARGUMENTS else [])])


def _line(traceback: TracebackType | None) -> str:
    """The deepest line that is of no library; of a traceback of libraries alone, its deepest."""
    import sysconfig

    paths = sysconfig.get_paths()
    libraries = tuple({paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")})
    deepest = own = None
    while traceback is not None:
        if is_ours(traceback.tb_frame.f_code):
            traceback = traceback.tb_next
            continue
        deepest = traceback
        if not traceback.tb_frame.f_code.co_filename.startswith((*libraries, "<")):
            own = traceback
        traceback = traceback.tb_next
    found = own or deepest
    if found is None:
        return ""
    code = found.tb_frame.f_code
    return f"{code.co_filename}, line {found.tb_lineno}, in {code.co_name}"
