"""Recording: the journal and the control plane that the reports of a session go to, opened when its first run begins.

A module of its own, for a script that only imports and decorates needs no journal.
"""

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from headrace._kernel import late
from headrace._kernel.current import running
from headrace._stream import Directives, JournalIdentity, Sink, SinkUnavailable
from headrace.exceptions import ConfigurationError
from headrace.journal import Journal, JournalOptions, UnusableHome, recover, recover_journal
from headrace.settings import Settings
from headrace.settings._values import APISettings

__all__ = ["Recording", "open_recording", "work_for"]

Tell = Callable[[str], None]


class RemoteSink(Sink, Protocol):
    """The control plane behind a URL."""

    def greet(self, journal: JournalIdentity, tolerance_seconds: float) -> None:
        """Sees that it is there, before the journal reports anything; StoreUnavailable where it is not in time."""
        ...

    def renewal(self, journal: JournalIdentity, seconds: float) -> str:
        """What tells it that the process of this journal lives."""
        ...


class Companion(Protocol):
    """What says so to a server if this process dies."""

    def end(self) -> None:
        """Says that there is nothing left to conclude."""
        ...


Accompany = Callable[[Settings, bytes, str], Companion]


class OpenSink(Protocol):
    """Opens the control plane that lives in this process."""

    def __call__(self, settings: Settings) -> Sink: ...


class Recording:
    """An open journal and its control plane."""

    __slots__ = ("_companion", "_home", "_sink", "_tell", "journal")

    def __init__(self, journal: Journal, sink: Sink, home: Path, tell: Tell, companion: Companion | None) -> None:
        self.journal = journal
        self._home = home
        self._sink = sink
        self._tell = tell
        self._companion = companion

    @property
    def journal_id(self) -> bytes:
        """What names the journal among those of its home."""
        return self.journal.journal_id

    def in_memory(self) -> int:
        """How many records would be lost with this process, for the disk is full."""
        return self.journal.in_memory()

    def recover(self, journal_id: bytes, message: str, heed: Callable[[bytes], object] | None = None) -> None:
        """Ends what a process left that has died, as `message` says; `heed` hears all that it told of states.

        Where that cannot be stored now, it will be before what is reported from now on.
        """
        try:
            recover_journal(self._home, journal_id, self._sink, lambda _: message, heed)
        except (SinkUnavailable, OSError):
            self.journal.store_first(partial(recover_journal, self._home, journal_id, self._sink, lambda _: message))

    def close(self) -> None:
        """Stores what is still in the stream, within the exit's time-out, and says what was kept and where."""
        report = self.journal.close()
        if self._companion is not None:
            self._companion.end()
        if report.message is not None:
            self._tell(report.message)
        if report.dead_letters:
            self._tell(
                f"{report.dead_letters} records of this process can never be stored as they are, and are kept "
                "aside in the store: `headrace doctor` says why."
            )
        self._sink.close()


def open_recording(settings: Settings, tell: Tell) -> Recording | None:
    """Opens journal and control plane; where that cannot be, says so, and gives None: runs go on untracked.

    StoreUnavailable where a server was to be reported to, and is not there: a script that begins can still be told.
    """
    try:
        server = _reach_server(settings) if settings.api.url else None
        sink = server or _open_embedded(settings)
        journal = Journal.open(settings.home, sink, options=_options(settings, tell))
    except (OSError, SinkUnavailable, UnusableHome) as error:
        tell(f"Runs of this process are not recorded: {error}")
        return None
    if server is not None and not _is_born_within:
        _greet(server, journal, settings.api.startup_tolerance_seconds)
    if _works_for is None:
        _recover_others(settings.home, sink, journal)
    companion = None
    if server is not None and not _works_for:  # a process of a pool has its flow's process
        accompany: Accompany = late.load("companion")
        renewal = server.renewal(journal.identity, settings.api.lease_seconds)
        companion = accompany(settings, journal.journal_id, renewal)
    return Recording(journal, sink, settings.home, tell, companion)


_works_for: bytes | None = None  # in a process of a pool, the journal of its flow's process; in a child of it, none


def work_for(journal_id: bytes) -> None:
    """Makes this process one of a pool: its journals are its flow's process's to recover, and it recovers no others."""
    global _works_for, _is_born_within
    _works_for, _is_born_within = journal_id, True


_is_born_within = False  # the process of runs that are under way: a server that is away is no news to them


def _forked() -> None:
    global _works_for, _is_born_within
    _is_born_within = True
    if _works_for is not None:
        _works_for = b""


os.register_at_fork(after_in_child=_forked)


def _options(settings: Settings, tell: Tell) -> JournalOptions:
    journal = settings.journal
    return JournalOptions(
        durability=journal.durability,
        exit_timeout_seconds=journal.exit_timeout_seconds,
        log_bound_bytes=journal.log_bound_bytes,
        notify=tell,
        heed=_heed,
        parent_id=_works_for or b"",
    )


def _heed(ask: Callable[[], Directives]) -> None:
    """Asks for directives while flow runs are running here, and carries them out."""
    if running:
        carry_out: Callable[[Directives], None] = late.load("carry_out")
        carry_out(ask())


def _reach_server(settings: Settings) -> RemoteSink:
    """The control plane of the server that the settings name."""
    connect: Callable[[APISettings], RemoteSink] = late.load("http_sink")
    return connect(settings.api)


def _greet(sink: RemoteSink, journal: Journal, tolerance_seconds: float) -> None:
    try:
        sink.greet(journal.identity, tolerance_seconds)
    except BaseException:
        journal.close()  # which leaves nothing behind: nothing was reported
        sink.close()
        raise


def _open_embedded(settings: Settings) -> Sink:
    """The control plane embedded in this process.

    Where its database cannot be used now, what is reported waits in the journal, and the journal says why.
    """
    if not settings.database_url.startswith("sqlite"):
        raise ConfigurationError(
            f"HEADRACE_DATABASE_URL is {settings.database_url.partition('://')[0]}://..., which scripts reach through "
            "a server only. Start one with `headrace server start`, and set HEADRACE_API_URL to its address."
        )
    opening: OpenSink = late.load("awaited_sink")
    return opening(settings)


def _recover_others(home: Path, sink: Sink, own: Journal) -> None:
    """Lets a thread store what dead processes left behind: a script's start must not wait for it."""
    try:
        with os.scandir(home / "journals") as entries:
            names = [entry.name for entry in entries]
    except OSError:
        return
    if any(name != own.journal_id.hex() for name in names):
        work: Callable[[], object] = lambda: recover(home, sink, skip=frozenset({own.journal_id}))  # noqa: E731
        threading.Thread(target=work, name="headrace-recovery", daemon=True).start()
