"""The console handler of users' configurations: its formatter's lines, coloured where a person reads them."""

import io
import logging

import pytest
from rich.highlighter import RegexHighlighter

from headrace.logging.handlers import HeadraceConsoleHandler
from headrace.logging.highlighters import HeadraceConsoleHighlighter


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO, message: str, **options: object) -> str:
    handler = HeadraceConsoleHandler(stream, **options)  # type: ignore[arg-type]
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.handle(logging.LogRecord("a", logging.ERROR, "p", 1, message, None, None))
    return stream.getvalue()


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def test_a_line_is_plain_on_a_pipe() -> None:
    assert shown(io.StringIO(), "Flow run 'a'") == "ERROR Flow run 'a'\n"


def test_a_line_is_coloured_on_a_terminal() -> None:
    line = shown(Terminal(), "Flow run 'a' is Completed() [not] markup")
    assert "\033[31mERROR\033[0m" in line
    assert "\033[35m'a'\033[0m" in line
    assert "\033[32mCompleted\033[0m" in line
    assert "[not] markup\n" in line


def test_colours_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADRACE_LOGGING_COLORS", "false")
    assert shown(Terminal(), "x") == "ERROR x\n"


def test_styles_and_the_highlighter_can_be_others() -> None:
    assert "\033[34mERROR\033[0m" in shown(Terminal(), "x", styles={"log.error_level": "blue"})

    class Digits(RegexHighlighter):
        base_style = "log."
        highlights = [r"(?P<flow_run_name>\d+)"]  # noqa: RUF012 - as rich has it

    assert shown(Terminal(), "7", highlighter=Digits) == "ERROR \033[35m7\033[0m\n"


def test_the_highlighter_knows_levels_states_names_and_addresses() -> None:
    told = HeadraceConsoleHighlighter()("WARNING: task run 'a-1' Failed, see https://x.y/z")
    assert {str(span.style) for span in told.spans} == {
        "log.warning_level",
        "log.task_run_name",
        "log.failed_state",
        "log.web_url",
    }
