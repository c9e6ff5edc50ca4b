"""Tokens against forged requests, for a server that asks for them: fetched when it first does, and shown ever after."""

from collections.abc import Generator
from http import HTTPStatus

import httpx
import msgspec

from headrace._kernel.ids import id_text, new_id

__all__ = ["CsrfTokens"]


class CsrfTokens(httpx.Auth):
    """What httpx sends around each request, blocking or on a loop; `url` gives tokens.

    Nothing is sent for a server that asks for none.
    """

    requires_response_body = True

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = id_text(new_id())
        self._token: str | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Sends the request; again with a token where the one that it had is missing or not known any more."""
        self._show(request)
        response = yield request
        if response.status_code != HTTPStatus.FORBIDDEN or request.method == "GET":
            return
        headers = {name: value for name, value in request.headers.items() if name == "authorization"}
        given = yield httpx.Request("GET", self._url, params={"client": self._client}, headers=headers)
        if given.status_code == HTTPStatus.OK:
            self._token = msgspec.json.decode(given.content, type=_Given).token
            self._show(request)
            yield request

    def _show(self, request: httpx.Request) -> None:
        if self._token is not None:
            request.headers["Prefect-Csrf-Token"] = self._token
            request.headers["Prefect-Csrf-Client"] = self._client


class _Given(msgspec.Struct):
    token: str
