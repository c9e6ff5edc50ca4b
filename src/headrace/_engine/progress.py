"""Progress: how far the runs are that were submitted and mapped, for a person who waits at a terminal.

Runs are counted by the names of their tasks, wherever in the process they were asked for: a hundred subflows that map
one task make one bar. This module is loaded where standard error is a terminal, and what draws bars when there is one
to draw.
"""

import atexit
import logging
import os
import threading
from _thread import allocate_lock
from typing import Final, Protocol, TextIO, cast

from headrace._kernel import clock, late, threads
from headrace.logging.console import Console

__all__ = ["Progress", "Tally", "open_progress"]

_SHOWN_AFTER_SECONDS: Final = 1.0
_FEWEST_LEFT: Final = 2  # A run that one waits for alone has no progress to show.
_LOOK_SECONDS: Final = 0.25
_DRAW_SECONDS: Final = 0.1

_logger = logging.getLogger("headrace.engine")


class Tally:
    """The runs of one name: those asked for, and what they came to, until all of them have ended."""

    __slots__ = ("_progress", "began_at", "cancelled", "completed", "failed", "is_shown", "name", "total")

    def __init__(self, progress: "Progress", name: str) -> None:
        self._progress = progress
        self.name = name
        self.began_at = clock.monotonic()
        self.total = 0
        self.completed = 0
        self.failed = 0
        self.cancelled = 0
        self.is_shown = False

    @property
    def left(self) -> int:
        """How many have not ended."""
        return self.total - self.completed - self.failed - self.cancelled

    def end(self, state_type: str) -> None:
        """Counts a run that has ended in a state of this type."""
        with self._progress.counting:
            if state_type == "COMPLETED":
                self.completed += 1
            elif state_type == "CANCELLED":
                self.cancelled += 1
            else:
                self.failed += 1
            self._progress.note(self)

    def forget(self, runs: int) -> None:
        """Counts no longer on so many runs, which were never made."""
        with self._progress.counting:
            self.total -= runs
            self._progress.note(self)


class Bars(Protocol):
    """What shows tallies: those that are going on, and for the last time those that have ended."""

    def show(self, going: list[Tally], ended: list[Tally]) -> None: ...
    def close(self) -> None: ...


class OpenBars(Protocol):
    """Opens them on a terminal, to which the console writes all else."""

    def __call__(self, console: Console, terminal: TextIO) -> Bars: ...


class Progress:
    """The tallies of this process, and a thread that looks at them as long as any run is left."""

    def __init__(self) -> None:
        self.is_closed = False
        self._console: Console | None = None
        self._terminal: TextIO | None = None
        self._reset()

    def _reset(self) -> None:
        self.counting = allocate_lock()
        self._drawing = allocate_lock()
        self._open: dict[str, Tally] = {}
        self._shown: list[Tally] = []
        self._bars: Bars | None = None
        self._is_over = threading.Event()
        self._is_watched = False

    def open(self, console: Console) -> None:
        """Takes the console's stream for the terminal, as long as that is one: users lead it elsewhere for a while."""
        if self._bars is None:
            self._console, self._terminal = console, console.stream

    def tally(self, name: str, runs: int) -> Tally:
        """What counts the runs of this name, of which so many more have been asked for."""
        with self.counting:
            tally = self._open.get(name)
            if tally is None:
                tally = self._open[name] = Tally(self, name)
            tally.total += runs
            self.note(tally)  # A map of nothing has ended.
            is_first, self._is_watched = not self._is_watched, True
        if is_first and not self.is_closed:
            try:
                threads.start(self._watch)
            except RuntimeError:  # The system gives no more threads: what there are have to work.
                self.is_closed = True
        return tally

    def note(self, tally: Tally) -> None:
        """Lets go of a tally that has none left; who calls is counting."""
        if tally.left <= 0:
            self._open.pop(tally.name, None)
            if tally.is_shown:
                self._is_over.set()

    def tell(self) -> None:
        """Shows now what the bars on the terminal came to, before anybody says more of it."""
        if self._bars is not None:
            self._show()

    def close(self) -> None:
        """Leaves the terminal as it was; nothing is shown any more."""
        self.is_closed = True
        # The thread that draws may wait for a terminal that was halted: the program's end does not.
        if self._drawing.acquire(timeout=1):
            self._close_bars()
            self._drawing.release()

    def forked(self) -> None:
        """In a forked child: the terminal is the parent's to draw on."""
        self.is_closed = True
        self._reset()

    def _watch(self) -> None:
        while self._is_needed():
            clock.wait(self._is_over, _DRAW_SECONDS if self._shown else _LOOK_SECONDS)
            self._is_over.clear()
            self._show()

    def _is_needed(self) -> bool:
        with self.counting:
            self._is_watched = bool(self._open or self._shown) and not self.is_closed
            return self._is_watched

    def _show(self) -> None:
        with self._drawing:
            shown = [*self._shown, *self._due()]
            if not shown or self.is_closed:
                return
            ended = [tally for tally in shown if tally.left <= 0]
            self._shown = [tally for tally in shown if tally not in ended]
            try:
                if self._bars is None:
                    open_bars: OpenBars = late.load("progress_bars")
                    self._bars = open_bars(cast(Console, self._console), cast(TextIO, self._terminal))
                self._bars.show(self._shown, ended)
            except (OSError, ValueError):  # The terminal is gone, or there never was a real one.
                self.is_closed = True
            except Exception:
                self.is_closed = True
                _logger.exception("Progress cannot be shown")
            if not self._shown or self.is_closed:
                self._close_bars()

    def _due(self) -> list[Tally]:
        began_before = clock.monotonic() - _SHOWN_AFTER_SECONDS
        with self.counting:
            due = [
                tally
                for tally in self._open.values()
                if not tally.is_shown and tally.began_at <= began_before and tally.left >= _FEWEST_LEFT
            ]
            for tally in due:
                tally.is_shown = True
        return due

    def _close_bars(self) -> None:
        if self._bars is not None:
            bars, self._bars = self._bars, None
            bars.close()


_progress = Progress()
atexit.register(_progress.close)
os.register_at_fork(after_in_child=_progress.forked)


def open_progress(console: Console) -> Progress | None:
    """What counts the runs of this process, for who looks at the console; None where that is another's to draw on."""
    if _progress.is_closed:
        return None
    _progress.open(console)
    return _progress
