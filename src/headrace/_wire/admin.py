"""What the server says of itself, and asks of its callers, on the wire."""

from typing import Literal

from headrace._wire.schema import Instant, ObjectSchema, WireSchema

__all__ = ["CsrfToken", "CsrfTokenQuery", "Ready"]


class Ready(WireSchema):
    """The server can reach its store."""

    message: Literal["OK"] = "OK"


class CsrfTokenQuery(WireSchema):
    """Query for a token against forged requests."""

    client: str


class CsrfToken(ObjectSchema):
    """A token against forged requests, for one client."""

    token: str
    client: str
    expiration: Instant
