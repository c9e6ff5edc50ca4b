"""The embedded control plane: the server's use cases, called in process by the script whose runs they keep."""

import os
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Literal, Protocol

from headrace._kernel import clock, late
from headrace._stream import Batch, Burial, Directives, IngestReply, JournalIdentity, Sink, SinkUnavailable
from headrace.exceptions import StoreUnavailable
from headrace.server.store.condition import StoreCondition
from headrace.server.store.opening import open_store
from headrace.server.store.transactions import Store
from headrace.server.usecases.bury import bury
from headrace.server.usecases.describe_store import describe_store
from headrace.server.usecases.ingest import ingest
from headrace.server.usecases.journals import cursors, directives, is_buried
from headrace.server.usecases.remembering import Memory

__all__ = ["AwaitedSink", "EmbeddedSink", "open_sink", "reach_sink", "store_condition"]


_PRUNING_SECONDS = 0.05
_DAY = 86_400 * 1_000_000


class _JournalSettings(Protocol):
    @property
    def durability(self) -> Literal["process", "disk"]: ...


class _StoreSettings(Protocol):
    @property
    def log_retention_days(self) -> int: ...


class _Settings(Protocol):
    @property
    def database_url(self) -> str: ...
    @property
    def journal(self) -> _JournalSettings: ...
    @property
    def store(self) -> _StoreSettings: ...


def open_sink(settings: _Settings) -> "EmbeddedSink":
    """The control plane on the home's own database, which is made where it does not exist.

    SinkUnavailable where it cannot be used now.
    """
    url = settings.database_url
    with _unavailability():
        store = open_store(url, durability=settings.journal.durability)
        return EmbeddedSink(store, url, log_days=settings.store.log_retention_days)


def reach_sink(settings: _Settings) -> Sink:
    """The same for a script, whose reports wait in its journal where the database cannot be used now."""
    try:
        return open_sink(settings)
    except SinkUnavailable:
        return AwaitedSink(settings)


def store_condition(database_url: str, *, reads_everything: bool) -> StoreCondition:
    """What condition the database is in; StoreUnavailable where it is not there, or cannot be used."""
    store = open_store(database_url, create=False)
    try:
        return describe_store(store, reads_everything=reads_everything)
    finally:
        store.close()


@contextmanager
def _unavailability() -> Generator[None]:
    """What a journal understands of a store that cannot be used."""
    try:
        yield
    except StoreUnavailable as error:
        raise SinkUnavailable(str(error)) from error


def _place(database_url: str) -> str:
    """The database's URL, spelled in one way: journals name by it a store whose id could not be read."""
    scheme, _, path = database_url.partition("://")
    return f"sqlite:///{os.path.realpath(path[1:])}" if scheme == "sqlite" else database_url


class EmbeddedSink:
    """A journal's sink whose other side is this very process.

    With `log_days` it leaves the store tidy: once a day, who closes it prunes, for a little time.
    """

    def __init__(self, store: Store, database_url: str, log_days: int = 0) -> None:
        self.store = store
        self._log_days = log_days
        self._database_url = database_url
        self._memory = Memory()
        self.sink_ids = frozenset({store.store_id, _place(database_url)})

    @property
    def sink_id(self) -> str:
        """The store's id."""
        return self.store.store_id

    def cursors(self, journal: JournalIdentity) -> tuple[int, int] | None:
        """What of this journal is stored."""
        with _unavailability():
            return cursors(self.store, journal.journal_id)

    def ingest(self, batch: Batch) -> IngestReply:
        """Stores a batch."""
        with _unavailability():
            return ingest(self.store, batch, now=clock.now(), memory=self._memory)

    def bury(self, journal: JournalIdentity, message: str) -> Burial:
        """Concludes what the journal's process left unfinished."""
        with _unavailability():
            return bury(self.store, journal, message, now=clock.now())

    def is_buried(self, journal: JournalIdentity) -> bool:
        """Whether that was done before."""
        with _unavailability():
            return is_buried(self.store, journal.journal_id)

    def directives(self, journal: JournalIdentity) -> Directives:
        """What is wanted of the runs of the journal's process."""
        with _unavailability():
            return directives(self.store, journal.journal_id)

    def close(self) -> None:
        """Lets the database go."""
        try:
            if self._log_days and _is_due(self._database_url):
                prune: Callable[..., object] = late.load("prune")
                prune(self.store, log_days=self._log_days, now=clock.now(), budget_seconds=_PRUNING_SECONDS)
        except (StoreUnavailable, OSError):
            pass  # another process will
        finally:
            self.store.close()


def _is_due(database_url: str) -> bool:
    """Whether the day's pruning has not been done; whoever is told so is to do it, and nobody else.

    A file beside the database tells the day. A store that has none is too young for anything to be old.
    """
    stamp = f"{database_url.partition('://')[2][1:]}.pruned"
    try:
        last = os.stat(stamp).st_mtime_ns // 1_000
    except FileNotFoundError:
        last = None
    now = clock.now()
    if last is not None and 0 <= now - last < _DAY:
        return False
    with open(stamp, "ab"):
        os.utime(stamp, ns=(now * 1_000, now * 1_000))
    return last is not None


class AwaitedSink:
    """The embedded control plane of a script that found its database unusable: opened once it is usable again.

    Each call tries to open it; the journal leaves long pauses between its calls meanwhile.
    """

    def __init__(self, settings: _Settings) -> None:
        self._settings = settings
        self._opened: EmbeddedSink | None = None
        self._opening = threading.Lock()

    @property
    def sink_id(self) -> str:
        """The store's id once it is known, until then the database's URL."""
        return self._opened.sink_id if self._opened is not None else _place(self._settings.database_url)

    @property
    def sink_ids(self) -> frozenset[str]:
        """The store's id, where it is known, and the database's URL."""
        return self._opened.sink_ids if self._opened is not None else frozenset({self.sink_id})

    def cursors(self, journal: JournalIdentity) -> tuple[int, int] | None:
        """What of this journal is stored."""
        return self._open().cursors(journal)

    def ingest(self, batch: Batch) -> IngestReply:
        """Stores a batch."""
        return self._open().ingest(batch)

    def bury(self, journal: JournalIdentity, message: str) -> Burial:
        """Concludes what the journal's process left unfinished."""
        return self._open().bury(journal, message)

    def is_buried(self, journal: JournalIdentity) -> bool:
        """Whether that was done before."""
        return self._open().is_buried(journal)

    def directives(self, journal: JournalIdentity) -> Directives:
        """What is wanted of the runs of the journal's process: nothing, where they are not stored yet."""
        return self._opened.directives(journal) if self._opened is not None else Directives()

    def close(self) -> None:
        """Lets the database go, if it was ever opened."""
        if self._opened is not None:
            self._opened.close()

    def _open(self) -> EmbeddedSink:
        with self._opening:
            if self._opened is None:
                self._opened = open_sink(self._settings)
            return self._opened
