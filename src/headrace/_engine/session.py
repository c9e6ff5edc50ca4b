"""The session: this process's stream and control plane, from its first run to the end of the process."""

import atexit
import os
import sys
import threading
from collections.abc import Callable, Hashable
from typing import Any, Protocol

from headrace._kernel import late
from headrace._kernel.current import Frame
from headrace._stream import SinkUnavailable, Verdict
from headrace.logging.routes import LogRoutes, log_routes
from headrace.settings import Settings, process_settings, settings_around

__all__ = [
    "Session",
    "close_session",
    "flush_stream",
    "hello",
    "refresh_settings",
    "session_here",
    "settings_of_process",
]


class Recording(Protocol):
    """An open journal and its control plane: see `recording.py`."""

    @property
    def journal(self) -> "Stream": ...
    @property
    def journal_id(self) -> bytes: ...
    def in_memory(self) -> int: ...
    def recover(self, journal_id: bytes, message: str, heed: Callable[[bytes], object] | None = None) -> None: ...
    def close(self) -> None: ...


class OpenRecording(Protocol):
    """Opens them; None where that cannot be, which `tell` then says."""

    def __call__(self, settings: Settings, tell: Callable[[str], None]) -> Recording | None: ...


CutOff = Callable[["Session", Any], object]
"""Ends a run, which reports to this session, in the state that this Conclusion says."""


class Stream(Protocol):
    """What the engine needs of a journal."""

    @property
    def report(self) -> Callable[[bytes], None]: ...
    @property
    def log(self) -> Callable[[bytes], None]: ...
    def propose(self, encoded: bytes, key: tuple[bytes, int, int], timeout: float | None = None) -> Verdict | None: ...
    def flush(self, timeout: float | None = None) -> bool: ...


class Unrecorded:
    """The stream of a process that can keep nothing: its runs work, and are not tracked."""

    def report(self, encoded: bytes) -> None:
        """Keeps nothing."""

    log = report

    def propose(self, encoded: bytes, key: tuple[bytes, int, int], timeout: float | None = None) -> Verdict | None:
        """Nobody answers."""
        return None

    def flush(self, timeout: float | None = None) -> bool:
        """There is nothing to store."""
        return True


class Inherited:
    """What a forked child finds in place of its parent's stream: its own reports go to a journal of its own.

    Runs that the parent began are the parent's to conclude: proposals about them are not made here.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def own(self) -> "Session":
        """The child's own session, opened as the parent's was."""
        return _session_with(self._settings)

    def report(self, encoded: bytes) -> None:
        """Reports to the child's own stream."""
        self.own().stream.report(encoded)

    def log(self, encoded: bytes) -> None:
        """Logs to the child's own stream."""
        self.own().stream.log(encoded)

    def propose(self, encoded: bytes, key: tuple[bytes, int, int], timeout: float | None = None) -> Verdict | None:
        """Leaves it to the parent."""
        return None

    def flush(self, timeout: float | None = None) -> bool:
        """Stores what the child has reported."""
        return self.own().stream.flush(timeout)


class Session:
    """What the runs of this process share that report to one place.

    There is one, unless runs begin inside of `temporary_settings` that name another home, API or database. `settings`
    are those that it was opened with; `process_settings` are what runs go by outside of `temporary_settings`.
    """

    __slots__ = ("is_severed", "live", "logs", "process_settings", "recording", "settings", "stream")

    def __init__(self, settings: Settings, process_settings: Settings) -> None:
        self.settings = settings
        self.process_settings = process_settings
        self.logs: LogRoutes = log_routes(settings)
        self.recording: Recording | None = None
        self.stream: Stream = Unrecorded()
        self.live: dict[bytes, CutOff] | None = None  # See severing.py: None where runs are never cut off.
        self.is_severed = False

    @property
    def here(self) -> "Session":
        """The session of runs that begin in this process: in a forked child, not the one that it inherited."""
        return self.stream.own() if isinstance(self.stream, Inherited) else self

    def open(self) -> None:
        """Opens journal and control plane; where that cannot be, says so once, and runs go on untracked."""
        open_recording: OpenRecording = late.load("open_recording")
        self.recording = open_recording(self.settings, self._tell)
        if self.recording is not None:
            self.stream = self.recording.journal

    def close(self) -> None:
        """Stores what is still in the stream, within the exit's time-out, and says what was kept and where."""
        if self.recording is not None:
            self.recording.close()
        self.logs.console.flush()

    def _tell(self, message: str) -> None:
        self.logs.console.write(f"headrace: {message}\n")
        self.logs.console.flush()


_session: Session | None = None
_others: dict[Hashable, Session] = {}
_opening = threading.RLock()


def hello() -> Session:
    """This process's session, opened at the first call."""
    return _session or _open()


def session_here(parent: Frame | None = None) -> Session:
    """The session of a run that begins here: its parent's, else that of the settings in force."""
    if parent is not None:
        session: Session = parent.session
        return session.here
    around = settings_around()
    return hello() if around is None else _session_with(around)


def settings_of_process() -> Settings:
    """What runs go by outside of `temporary_settings`: as read at the first run, or read now, before it."""
    return _session.process_settings if _session is not None else process_settings()


def refresh_settings() -> None:
    """Reads the settings of the process anew, for the runs to come: also where to report, where that has changed."""
    global _session
    with _opening:
        if _session is None:
            return
        settings = process_settings()
        if _place(settings) == _place(_session.settings):
            _session.process_settings = settings
        else:
            _others[_place(_session.settings)], _session = _session, None


def close_session() -> None:
    """Ends the session, as the end of the process does; the next run opens another. For tests and embedders."""
    global _session
    with _opening:
        sessions, _session = _sessions(), None
        _others.clear()
        for session in sessions:
            session.close()


def flush_stream(timeout: float | None = None) -> bool:
    """Stores all that this process has reported where the code at hand reads, so that it reads its own writes."""
    around = settings_around()
    session = _session if around is None else _opened_with(_place(around))
    return session is None or session.stream.flush(timeout)


def _open() -> Session:
    global _session
    with _opening:
        if _session is None:
            settings = process_settings()
            session = Session(settings, settings)
            session.open()
            _session = session
        return _session


def _session_with(settings: Settings) -> Session:
    """The session of these settings: the process's own, or another, which stays open for those that come again."""
    place = _place(settings)
    with _opening:
        if _session is None and place == _place(process_settings()):
            return hello()
        session = _opened_with(place)
        if session is None:
            session = Session(settings, settings_of_process())
            session.open()
            _others[place] = session
        return session


def _opened_with(place: Hashable) -> Session | None:
    return _session if _session is not None and place == _place(_session.settings) else _others.get(place)


def _place(settings: Settings) -> Hashable:
    """All that a session is opened with and keeps."""
    return settings.home, settings.api, settings.database, settings.journal, settings.logging.to_api


def _sessions() -> list[Session]:
    return [*([_session] if _session is not None else []), *_others.values()]


def _forked() -> None:
    """In a forked child: the parent's session is not ours to use or to close; the first report opens one of our own."""
    global _session, _opening
    for session in _sessions():
        session.logs.console.forked()
        session.stream = Inherited(session.settings)
        session.recording = None
    _session = None
    _others.clear()
    _opening = threading.RLock()


os.register_at_fork(after_in_child=_forked)


@atexit.register
def _at_exit() -> None:
    try:
        close_session()
    except SinkUnavailable as error:
        sys.stderr.write(f"headrace: {error}\n")
