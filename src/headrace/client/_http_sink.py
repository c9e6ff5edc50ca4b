"""A journal's sink behind a URL: batches go to a server's routes for journals, as msgpack over one kept connection.

Every request may be repeated: the stored cursor is a batch's fence, and a burial done twice changes nothing. So a
connection that the server closed meanwhile is opened again without asking.
"""

import http.client
import threading
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import msgspec

from headrace._kernel.urls import without_password
from headrace._stream import Batch, Burial, Directives, IngestReply, JournalIdentity, SinkRefused, SinkUnavailable
from headrace._wire.journals import Cursors, Obituary
from headrace._wire.routes import API_VERSION, API_VERSION_HEADER, BY_NAME
from headrace.client._authorization import WHO_CALLS, authorization, credentials
from headrace.client._unreachable import takes_no_journals, unreachable
from headrace.exceptions import ConfigurationError
from headrace.settings._values import APISettings

__all__ = ["HttpSink", "sink_at"]

T = TypeVar("T")

TIMEOUT_SECONDS = 30.0

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
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(
                f"HEADRACE_API_URL is {url!r}, which names no API: write http://host:port/api, as `headrace server "
                "start` says it."
            )
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._url = url.rstrip("/")
        self._mount = parts.path.rstrip("/")
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_seconds)
        self._headers = {"content-type": "application/msgpack", API_VERSION_HEADER: API_VERSION}
        if (shown := authorization(auth_string, api_key)) is not None:
            self._headers["authorization"] = shown
        self._lock = threading.Lock()

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

    def close(self) -> None:
        """Closes the connection."""
        with self._lock:
            self._connection.close()

    def _ask(self, name: str, question: object, answer: type[T]) -> T:
        # By msgspec alone: a script that reports to a server needs no pydantic for it.
        route = BY_NAME[name]
        with self._lock:
            status, content = self._exchange(route.method, self._mount + route.path, _encode(question))
        if status == 200:
            return msgspec.msgpack.decode(content, type=answer)
        raise self._refusal(status, content)

    def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        was_open = self._connection.sock is not None
        try:
            return self._exchange_once(method, path, body)
        except (ConnectionError, http.client.HTTPException) as exc:
            if not was_open:
                raise SinkUnavailable(unreachable(self._url, exc)) from exc
        except OSError as exc:
            raise SinkUnavailable(unreachable(self._url, exc)) from exc
        try:
            return self._exchange_once(method, path, body)
        except (OSError, http.client.HTTPException) as exc:
            raise SinkUnavailable(unreachable(self._url, exc)) from exc

    def _exchange_once(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        try:
            self._connection.request(method, path, body, self._headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except BaseException:
            self._connection.close()  # what comes next must not read the rest of this answer
            raise

    def _refusal(self, status: int, content: bytes) -> SinkRefused | SinkUnavailable:
        try:
            told: Any = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            told = {}
        said = cast("dict[str, Any]", told) if isinstance(told, dict) else {}
        if status == 409 and "cursors" in said:
            return SinkRefused(str(said.get("detail")), *said["cursors"])
        if status == 401:
            return SinkUnavailable(f"The API at {without_password(self._url)} did not take the journal: {WHO_CALLS}")
        if status in (404, 405):
            return SinkUnavailable(takes_no_journals(self._url))
        reason = (
            said.get("exception_detail") or said.get("detail") or said.get("exception_message") or "no reason given"
        )
        return SinkUnavailable(f"The API at {self._url} did not take the journal ({status}): {reason}")
