"""What flow runs and task runs have in common on the screen: their rows, states and times."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import click

from headrace._wire.flow_runs import FlowRun
from headrace._wire.states import State
from headrace._wire.task_runs import TaskRun
from headrace.cli.reading.listing import RunListing
from headrace.cli.rendering.counts import counted
from headrace.cli.rendering.moments import clock_time, duration, local_time, relative, since
from headrace.cli.rendering.screen import Cell, Pair, fits, print_table, say, tell
from headrace.cli.rendering.states import state_cell

__all__ = [
    "facts_of_run",
    "print_by_id",
    "print_entered",
    "print_runs",
    "print_states",
    "run_duration",
    "short_id",
    "started",
]

T = TypeVar("T")
Run = TypeVar("Run", FlowRun, TaskRun)

_UNCUT = ("ID", "State", "Runs", "Started", "Duration")
_STATE_WIDTH = 10

# Of a UUIDv7: its time, and 12 random bits. A longer beginning is hardly ever needed.
_SHORT_ID_CHARACTERS = 18


def print_by_id(
    columns: Sequence[str], things: Sequence[T], row: Callable[[T, Callable[[UUID], str]], Sequence[str | Cell]]
) -> None:
    """Writes a table of things with ids, which are cut to their beginning where the terminal is too narrow for them.

    `row` is given a thing, and what its id is to be shown by.
    """
    rows = [row(thing, str) for thing in things]
    if not fits(columns, rows):
        rows = [row(thing, short_id) for thing in things]
    print_table(columns, rows, whole=_UNCUT)


def short_id(whole: UUID) -> str:
    """The beginning of an id, which names it as well."""
    return str(whole)[:_SHORT_ID_CHARACTERS]


def print_runs(
    listing: RunListing[Run],
    noun: str,
    columns: Sequence[str],
    row: Callable[[Run, Callable[[UUID], str]], Sequence[str | Cell]],
    *,
    is_filtered: bool,
) -> None:
    """Writes a table of runs; where there is none, or not all are in it, what to do."""
    if not listing.runs:
        tell(f"No {noun} matches." if is_filtered else f"No {noun}s yet. Run a flow: headrace run FILE")
        return
    print_by_id(columns, listing.runs, row)
    if listing.total > len(listing.runs):
        tell(f"{len(listing.runs):,} of {counted(listing.total, noun)}; --limit shows more.", dim=True)


def started(run: FlowRun | TaskRun, now: datetime) -> str:
    """How long ago a run started, or when it is to start."""
    begin = run.start_time or run.next_scheduled_start_time
    return relative(begin, now) if begin is not None else ""


def run_duration(run: FlowRun | TaskRun) -> str:
    """How long a run has been running; empty where its code never began."""
    if run.start_time is None or run.run_count == 0:  # such a run ended before its code began
        return ""
    return duration(run.total_run_time if run.end_time is not None else run.estimated_run_time)


def facts_of_run(run: FlowRun | TaskRun, now: datetime) -> list[Pair]:
    """When a run was, how often and how long it went, and its tags."""
    return [
        ("Created", local_time(run.created, now) if run.created and not run.start_time else None),
        ("Started", local_time(run.start_time, now) if run.start_time else None),
        ("Ended", local_time(run.end_time, now) if run.end_time else None),
        ("Duration", run_duration(run) or None),
        ("Attempts", str(run.run_count) if run.run_count > 1 else None),
        ("Tags", ", ".join(run.tags) or None),
    ]


def print_states(states: Sequence[State[Any]]) -> None:
    """Writes the states that a run went through."""
    if not states:
        return
    say()
    say("States", bold=True)
    begin = states[0].timestamp
    print_table(
        ("State", "Time", "After", "Message"),
        [
            (
                state_cell(state.type, state.name),
                clock_time(state.timestamp),
                since(begin, state.timestamp) if number else "",
                state.message or "",
            )
            for number, state in enumerate(states)
        ],
        whole=("State", "Time", "After"),
        wrapping=("Message",),
    )


def print_entered(state: State[Any]) -> State[Any]:
    """Writes a state that a run has entered, and gives it back."""
    cell = state_cell(state.type, state.name)
    name = click.style(cell.text if not state.message else cell.text.ljust(_STATE_WIDTH), fg=cell.colour)
    say(f"{clock_time(state.timestamp)}  {name}" + (f"  {state.message}" if state.message else ""))
    return state
