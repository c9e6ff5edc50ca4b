"""The lines of a log, as the terminal showed them while the run went on, with their date."""

import logging
from collections.abc import Iterable

import click

from headrace._wire.flow_runs import FlowRun
from headrace.cli.reading.log_lines import SourcedLine
from headrace.cli.rendering.moments import clock_time
from headrace.cli.rendering.screen import say, tell

__all__ = ["print_lines"]

_LEVEL_WIDTH = 7
_COLOURS = ((logging.ERROR, "red"), (logging.WARNING, "yellow"), (logging.INFO, "cyan"), (0, "bright_black"))


def print_lines(lines: Iterable[SourcedLine], run: FlowRun) -> None:
    """Writes the lines of `run`; where there is none, says so."""
    is_empty = True
    for line in lines:
        is_empty = False
        log = line.log
        level = click.style(
            logging.getLevelName(log.level).ljust(_LEVEL_WIDTH),
            fg=next(colour for least, colour in _COLOURS if log.level >= least),
        )
        source = f"Flow run {run.name!r}" if line.task_run_name is None else f"Task run {line.task_run_name!r}"
        say(f"{clock_time(log.timestamp)} | {level} | {source} - {log.message}")
    if is_empty:
        tell(f"The flow run {run.name!r} wrote no log lines.")
