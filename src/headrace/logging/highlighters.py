"""Colours of lines on a terminal, by rich: which parts of a line have a name that a style may be given to."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from rich.console import Console
from rich.highlighter import Highlighter, RegexHighlighter
from rich.theme import Theme

__all__ = [
    "HeadraceConsoleHighlighter",
    "LevelHighlighter",
    "NameHighlighter",
    "PrefectConsoleHighlighter",
    "StateHighlighter",
    "UrlHighlighter",
    "highlight",
]


def _words(kind: str, *words: str) -> list[str]:
    return [rf"\b(?P<{word.lower()}_{kind}>{word})\b" for word in words]


class LevelHighlighter(RegexHighlighter):
    """The name of a line's level."""

    base_style: ClassVar[str] = "level."
    highlights: ClassVar[Sequence[str]] = _words("level", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class UrlHighlighter(RegexHighlighter):
    """Addresses, on the web and on this machine."""

    base_style: ClassVar[str] = "url."
    highlights: ClassVar[Sequence[str]] = [
        r"(?P<web_url>(?:https?|wss?)://[^\s'\"<>]+)",
        r"(?P<local_url>file://[^\s'\"<>]+)",
    ]


class NameHighlighter(RegexHighlighter):
    """The names of runs, flows and tasks, in quotes behind what they are."""

    base_style: ClassVar[str] = "name."
    highlights: ClassVar[Sequence[str]] = [
        rf"(?i){kind.replace('_', ' ')} (?P<{kind}_name>'[^']*')" for kind in ("flow_run", "task_run", "flow", "task")
    ]


class StateHighlighter(RegexHighlighter):
    """The names of states."""

    base_style: ClassVar[str] = "state."
    highlights: ClassVar[Sequence[str]] = _words(
        "state",
        *("Scheduled", "Pending", "Running", "Paused", "Completed", "Cached", "Cancelled", "Cancelling"),
        *("Failed", "Crashed"),
    )


class HeadraceConsoleHighlighter(RegexHighlighter):
    """All of these."""

    base_style: ClassVar[str] = "log."
    highlights: ClassVar[Sequence[str]] = [
        *LevelHighlighter.highlights,
        *UrlHighlighter.highlights,
        *NameHighlighter.highlights,
        *StateHighlighter.highlights,
    ]


PrefectConsoleHighlighter = HeadraceConsoleHighlighter

_STYLES: Final = {
    "log.debug_level": "dim",
    "log.info_level": "cyan",
    "log.warning_level": "yellow",
    "log.error_level": "red",
    "log.critical_level": "bold red",
    "log.web_url": "bright_blue",
    "log.local_url": "bright_blue",
    "log.completed_state": "green",
    "log.cached_state": "bright_blue",
    "log.cancelled_state": "yellow",
    "log.failed_state": "red",
    "log.crashed_state": "bright_red",
    "log.flow_run_name": "magenta",
    "log.task_run_name": "magenta",
    "log.flow_name": "bold magenta",
    "log.task_name": "bold magenta",
}


def highlight(highlighter: Any = None, styles: dict[str, str] | None = None) -> Callable[[str], str]:
    """What colours a line, for a terminal; `highlighter` is a class of rich's, or an object of one."""
    chosen: Any = highlighter or HeadraceConsoleHighlighter
    marks: Highlighter = chosen() if isinstance(chosen, type) else chosen
    console = Console(theme=Theme({**_STYLES, **(styles or {})}), force_terminal=True, highlight=False)

    def coloured(line: str) -> str:
        with console.capture() as captured:
            console.print(marks(line), soft_wrap=True, end="")
        return captured.get()

    return coloured
