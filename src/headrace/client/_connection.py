"""One kept connection of HTTP/1.1, by the standard library alone: a script that reports to a server needs no more."""

import http.client
import socket
import ssl
from urllib.parse import urlsplit

import msgspec

from headrace._stream import SinkUnavailable
from headrace.client._retry_after import retry_after_seconds
from headrace.client._unreachable import unreachable
from headrace.exceptions import ConfigurationError

__all__ = ["Answer", "KeptConnection"]


class Answer(msgspec.Struct, frozen=True):
    """What a server answered."""

    status: int
    content: bytes
    retry_after_seconds: float = 0.0


class KeptConnection:
    """A connection to an API, opened by the first request and again where it broke. One thread at a time."""

    def __init__(self, url: str, headers: dict[str, str], timeout_seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(
                f"HEADRACE_API_URL is {url!r}, which names no API: write http://host:port/api, as `headrace server "
                "start` says it."
            )
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._url = url
        self._mount = parts.path.rstrip("/")
        self._headers = headers
        self._connection = kind(parts.hostname, parts.port, timeout=timeout_seconds)

    def exchange(self, method: str, path: str, body: bytes = b"") -> Answer:
        """The answer to a request that may be repeated: a connection that the server had closed is opened again.

        SinkUnavailable where there is none.
        """
        was_open = self._connection.sock is not None
        try:
            return self._exchange_once(method, path, body)
        except (ConnectionError, http.client.HTTPException) as exc:
            if not was_open:
                raise self._unreachable(exc) from exc
        except OSError as exc:
            raise self._unreachable(exc) from exc
        try:
            return self._exchange_once(method, path, body)
        except (OSError, http.client.HTTPException) as exc:
            raise self._unreachable(exc) from exc

    def described(self, method: str, path: str, body: bytes) -> dict[str, object]:
        """A request and where it goes, in what JSON can say."""
        return {
            "is_https": isinstance(self._connection, http.client.HTTPSConnection),
            "host": self._connection.host,
            "port": self._connection.port,
            "request": (method, self._mount + path, body.hex(), self._headers),
        }

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()

    def _exchange_once(self, method: str, path: str, body: bytes) -> Answer:
        try:
            self._connection.request(method, self._mount + path, body, self._headers)
            response = self._connection.getresponse()
            content = response.read()
            if not content and response.getheader("content-length") is None and not response.chunked:
                raise http.client.IncompleteRead(content)  # http.client takes half a head for a whole one
            return Answer(response.status, content, retry_after_seconds(response.getheader("retry-after")))
        except BaseException:
            self._connection.close()  # what comes next must not read the rest of this answer
            raise

    def _unreachable(self, error: Exception) -> SinkUnavailable:
        is_passing = not isinstance(error, socket.gaierror | ssl.SSLError)
        return SinkUnavailable(unreachable(self._url, error), is_passing=is_passing)
