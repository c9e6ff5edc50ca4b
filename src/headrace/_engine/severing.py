"""Severing: runs that nobody waits for any more are ended, and whatever their code does then, they report no more.

So it is with what an attempt called that has exceeded its time, and with what a flow run left behind.
"""

from _thread import allocate_lock
from collections.abc import Callable

from headrace._engine.conclusions import Conclusion
from headrace._engine.session import Session, Stream, Unrecorded
from headrace._kernel.ids import new_id
from headrace._stream import Verdict

__all__ = ["Part"]


class Part(Session):
    """A session of some of the runs of another one, `around`, that can be severed from it."""

    __slots__ = ("_id", "_lock", "around")

    def __init__(self, around: Session) -> None:
        # Nothing is opened here: all of it is shared.
        self.around = around
        self.settings = around.settings
        self.process_settings = around.process_settings
        self.logs = around.logs
        self.recording = around.recording
        self.stream: Stream = _Valve(around)
        self.live = {}
        self.is_severed = False
        self._lock = allocate_lock()
        self._id = new_id()
        if around.live is not None:
            around.live[self._id] = self._sever

    @property
    def here(self) -> Session:
        around = self.around.here
        return self if around is self.around else around

    def sever(self, ended: Conclusion) -> None:
        """Ends the runs that have not ended, and takes no more reports."""
        self._sever(self.around, ended)

    def _sever(self, session: Session, ended: Conclusion) -> None:
        with self._lock:
            live, self.live = self.live or {}, {}
            self.is_severed = True
            self.stream = Unrecorded()
        for cut_off in list(live.values()):
            cut_off(session, ended)

    def end(self) -> None:
        """Notes that nobody will sever it."""
        if self.around.live is not None:
            self.around.live.pop(self._id, None)


class _Valve:
    """The stream of another session, whatever that is at the moment."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def report(self) -> Callable[[bytes], None]:
        return self._session.stream.report

    @property
    def log(self) -> Callable[[bytes], None]:
        return self._session.stream.log

    def propose(self, encoded: bytes, key: tuple[bytes, int, int], timeout: float | None = None) -> Verdict | None:
        return self._session.stream.propose(encoded, key, timeout)

    def flush(self, timeout: float | None = None) -> bool:
        return self._session.stream.flush(timeout)
