"""The lines of a log, as the terminal showed them while the run went on, with their date."""

import logging
from collections.abc import Iterable

import click

from headrace.cli.reading.log_lines import SourcedLine
from headrace.cli.rendering.moments import clock_time
from headrace.cli.rendering.screen import print_json, say, tell

__all__ = ["print_lines", "print_lines_as_json"]

_LEVEL_WIDTH = 7
_COLOURS = ((logging.ERROR, "red"), (logging.WARNING, "yellow"), (logging.INFO, "cyan"), (0, "bright_black"))


def print_lines(lines: Iterable[SourcedLine], flow_run_name: str, whose: str) -> None:
    """Writes lines, those of the flow run itself under this name; where there is none, says so of `whose` log it is."""
    is_empty = True
    for line in lines:
        is_empty = False
        log = line.log
        level = click.style(
            logging.getLevelName(log.level).ljust(_LEVEL_WIDTH),
            fg=next(colour for least, colour in _COLOURS if log.level >= least),
        )
        source = f"Flow run {flow_run_name!r}" if line.task_run_name is None else f"Task run {line.task_run_name!r}"
        say(f"{clock_time(log.timestamp)} | {level} | {source} - {log.message}")
    if is_empty:
        tell(f"The {whose} wrote no log lines.")


def print_lines_as_json(lines: Iterable[SourcedLine], *, is_one_value: bool) -> None:
    """Writes lines as the API gives them: as one list, or, where they come one by one, an object each line."""
    if is_one_value:
        print_json([line.log.model_dump(mode="json") for line in lines])
        return
    for line in lines:
        click.echo(line.log.model_dump_json(), color=False)
