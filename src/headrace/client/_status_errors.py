"""The error of a response over HTTP for those who catch httpx's own; it brings httpx, which takes long."""

from typing import Self

import httpx

__all__ = ["HeadraceHTTPStatusError"]


class HeadraceHTTPStatusError(httpx.HTTPStatusError):
    """An HTTP error whose message says what the server's answer was."""

    @classmethod
    def from_httpx_error(cls, httpx_error: httpx.HTTPStatusError) -> Self:
        """The same error, with the response's body in its message."""
        response = httpx_error.response
        try:
            body: object = response.json()
        except ValueError:  # no JSON, or bytes of no text
            body = response.text
        message = f"{httpx_error}\nThe response was: {body}" if body else str(httpx_error)
        return cls(message, request=httpx_error.request, response=response)
