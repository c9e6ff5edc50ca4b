"""Tokens against forged requests: a client asks for one, which no page of another site can read, and shows it.

A token says until when it holds, and is signed for its client. Nothing is stored: every server of one store knows its
tokens, also after a start.
"""

import hashlib
import hmac
from typing import Final
from urllib.parse import parse_qs
from uuid import NAMESPACE_URL, uuid5

import msgspec

from headrace._kernel import clock
from headrace._wire.admin import CsrfToken
from headrace._wire.routes import MOUNT
from headrace._wire.schema import instant, now
from headrace.server.api.asgi import Application, Receive, Scope, Send, send_answer

__all__ = ["CsrfGuard", "CsrfTokens"]

_GIVING: Final = f"{MOUNT}/csrf-token"
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class CsrfTokens:
    """Gives tokens and knows them again."""

    def __init__(self, store_id: str, seconds: float) -> None:
        self._key = hashlib.sha256(f"headrace csrf {store_id}".encode()).digest()
        self._microseconds = round(seconds * 1e6)

    def token_for(self, client: str) -> tuple[str, int]:
        """A token for a client, and the instant until which it holds."""
        until = clock.now() + self._microseconds
        return self._signed(client, until), until

    def is_valid(self, client: str, token: str) -> bool:
        """Whether this is a token that was given to the client, and still holds."""
        said, _, _ = token.partition("-")
        try:
            until = int(said, 16)
        except ValueError:
            return False
        return clock.now() <= until and hmac.compare_digest(token.encode(), self._signed(client, until).encode())

    def _signed(self, client: str, until: int) -> str:
        return f"{until:x}-{hmac.new(self._key, f'{until} {client}'.encode(), hashlib.sha256).hexdigest()}"


class CsrfGuard:
    """An application that gives tokens, and whose API changes nothing for who shows none.

    What is not JSON needs none: a page can send it only after the browser has asked us, and journals are told so.
    """

    def __init__(self, application: Application, tokens: CsrfTokens) -> None:
        self._application = application
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(f"{MOUNT}/"):
            await self._application(scope, receive, send)
        elif scope["method"] in _CHANGING and (refusal := self._refusal(scope)) is not None:
            await send_answer(send, 403, msgspec.json.encode({"detail": refusal}))
        elif scope["path"] == _GIVING and (client := _client(scope)) is not None:
            await send_answer(send, 200, self._given(client))
        else:
            await self._application(scope, receive, send)

    def _given(self, client: str) -> bytes:
        token, until = self._tokens.token_for(client)
        made = now()
        # One token a client: it is known by its client, and is another each time.
        given = CsrfToken(
            id=uuid5(NAMESPACE_URL, client),
            created=made,
            updated=made,
            token=token,
            client=client,
            expiration=instant(until),
        )
        return given.model_dump_json().encode()

    def _refusal(self, scope: Scope) -> str | None:
        shown = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if shown.get(b"content-type") == "application/msgpack":
            return None
        token, client = shown.get(b"prefect-csrf-token"), shown.get(b"prefect-csrf-client")
        if token is None:
            return "Missing CSRF token."
        if client is None:
            return "Missing client identifier."
        return None if self._tokens.is_valid(client, token) else "Invalid CSRF token or client identifier."


def _client(scope: Scope) -> str | None:
    return parse_qs(scope["query_string"].decode("latin-1")).get("client", [None])[0]
