"""A journal's sink behind a URL: batches go to a server's routes for journals, as msgpack over one kept connection.

Every request may be repeated: the stored cursor is a batch's fence, and a burial done twice changes nothing. So a
server that answered a moment ago is asked again for a second or two where it has too much to do, breaks the connection
or is started anew. Longer waits are the journal's.
"""

import itertools
import threading
from typing import Any, Final, TypeVar, cast

import msgspec

from headrace._kernel import clock
from headrace._kernel.jitter import prolonged
from headrace._kernel.urls import without_password
from headrace._stream import Batch, Burial, Directives, IngestReply, JournalIdentity, SinkRefused, SinkUnavailable
from headrace._wire.journals import Cursors, LeaseRenewal, Obituary
from headrace._wire.routes import API_VERSION, API_VERSION_HEADER, BY_NAME, Route
from headrace.client._authorization import WHO_CALLS, authorization, credentials
from headrace.client._connection import Answer, KeptConnection
from headrace.client._unreachable import takes_no_journals
from headrace.exceptions import ConfigurationError, StoreUnavailable
from headrace.settings._values import APISettings

__all__ = ["HttpSink", "sink_at"]

T = TypeVar("T")

TIMEOUT_SECONDS = 10.0
"""For each wait for the server's next bytes: one that has come to a standstill keeps no script for longer."""

_PATIENCE_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8)  # before each repetition
_JITTER_FACTOR: Final = 0.5

_encode = msgspec.msgpack.Encoder().encode


def sink_at(api: APISettings) -> "HttpSink":
    """The sink behind the URL that the settings name."""
    if api.url is None:
        raise ConfigurationError("HEADRACE_API_URL is not set, and so there is no server to report to.")
    return HttpSink(api.url, **credentials(api))


class HttpSink:
    """See `_stream.Sink`. Safe to use from several threads, which then wait for each other."""

    def __init__(
        self,
        url: str,
        *,
        auth_string: str | None = None,
        api_key: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        headers = {"content-type": "application/msgpack", API_VERSION_HEADER: API_VERSION}
        if (shown := authorization(auth_string, api_key)) is not None:
            headers["authorization"] = shown
        self._url = url.rstrip("/")
        self._connection = KeptConnection(self._url, headers, timeout_seconds)
        self._lock = threading.Lock()
        self._has_answered = False  # when it was asked last

    @property
    def sink_id(self) -> str:
        """The API's URL."""
        return self._url

    @property
    def sink_ids(self) -> frozenset[str]:
        """The API's URL."""
        return frozenset({self._url})

    def cursors(self, journal: JournalIdentity) -> tuple[int, int] | None:
        """How far the journal is stored."""
        return self._ask("read_journal_cursors", journal, Cursors).positions

    def ingest(self, batch: Batch) -> IngestReply:
        """Stores a batch; SinkRefused where the stored cursor is elsewhere."""
        return self._ask("ingest_journal", batch, IngestReply)

    def bury(self, journal: JournalIdentity, message: str) -> Burial:
        """Concludes what the journal's process left unfinished."""
        return self._ask("bury_journal", Obituary(journal, message), Burial)

    def is_buried(self, journal: JournalIdentity) -> bool:
        """Whether that was done before."""
        return self._ask("is_journal_buried", journal, bool)

    def directives(self, journal: JournalIdentity) -> Directives:
        """What is wanted of the runs of the journal's process."""
        return self._ask("read_journal_directives", journal, Directives)

    def renewal(self, journal: JournalIdentity, seconds: float) -> str:
        """The request that renews the journal's lease, for a program without packages; it may hold a password."""
        route = BY_NAME["renew_journal_lease"]
        request = self._connection.described(route.method, route.path, _encode(LeaseRenewal(journal, seconds)))
        return msgspec.json.encode({**request, "seconds": seconds}).decode()

    def greet(self, journal: JournalIdentity, tolerance_seconds: float) -> None:
        """Sees, before `journal` reports anything, that a server is there that takes it; waits for one so long.

        StoreUnavailable says what there is instead.
        """
        deadline = clock.monotonic() + tolerance_seconds
        for delay in itertools.chain(_PATIENCE_SECONDS, itertools.repeat(_PATIENCE_SECONDS[-1])):
            try:
                self.cursors(journal)
                return
            except SinkUnavailable as error:
                seconds = max(prolonged(delay, _JITTER_FACTOR), error.retry_after_seconds)
                if not error.is_passing:
                    raise StoreUnavailable(str(error)) from error
                if clock.monotonic() + seconds > deadline:
                    waited = (
                        f"It was waited for {tolerance_seconds:g} seconds (HEADRACE_API_STARTUP_TOLERANCE_SECONDS)."
                    )
                    raise StoreUnavailable(f"{error} {waited}") from error
            clock.sleep(seconds)

    def close(self) -> None:
        """Closes the connection."""
        with self._lock:
            self._connection.close()

    def _ask(self, name: str, question: object, answer: type[T]) -> T:
        # By msgspec alone: pydantic is not needed for it.
        with self._lock:
            content = self._answer(BY_NAME[name], _encode(question))
        try:
            return msgspec.msgpack.decode(content, type=answer)
        except msgspec.DecodeError as exc:
            raise SinkUnavailable(takes_no_journals(self._url)) from exc

    def _answer(self, route: Route, body: bytes) -> bytes:
        patience = list(_PATIENCE_SECONDS) if self._has_answered else []
        while True:
            self._has_answered = False
            try:
                answer = self._connection.exchange(route.method, route.path, body)
                if answer.status != 200:
                    raise self._refusal(answer)
            except SinkRefused:
                self._has_answered = True
                raise
            except SinkUnavailable as error:
                is_soon = error.retry_after_seconds <= _PATIENCE_SECONDS[-1]
                if not (error.is_passing and is_soon and patience):
                    raise
                clock.sleep(max(prolonged(patience.pop(0), _JITTER_FACTOR), error.retry_after_seconds))
            else:
                self._has_answered = True
                return answer.content

    def _refusal(self, answer: Answer) -> SinkRefused | SinkUnavailable:
        said = _fields(answer.content)
        if answer.status == 409 and "cursors" in said:
            return SinkRefused(str(said.get("detail")), *said["cursors"])
        shown = without_password(self._url)
        if answer.status == 401:
            return SinkUnavailable(f"The API at {shown} did not take the journal: {WHO_CALLS}")
        if answer.status in (404, 405):
            versions = self._version_at("/admin/version"), self._version_at("/api/admin/version")
            return SinkUnavailable(takes_no_journals(self._url, *versions))
        reason = (
            said.get("exception_detail") or said.get("detail") or said.get("exception_message") or "no reason given"
        )
        return SinkUnavailable(
            f"The API at {shown} did not take the journal ({answer.status}): {reason}",
            is_passing=answer.status == 429 or answer.status >= 500,
            retry_after_seconds=answer.retry_after_seconds,
        )

    def _version_at(self, path: str) -> str | None:
        """What a server of Prefect's API says of itself there; None where none is."""
        answer = self._connection.exchange("GET", path)
        try:
            return msgspec.json.decode(answer.content, type=str) if answer.status == 200 else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


def _fields(content: bytes) -> dict[str, Any]:
    """What the body of an error says, where it is one of ours."""
    try:
        told: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return cast("dict[str, Any]", told) if isinstance(told, dict) else {}
