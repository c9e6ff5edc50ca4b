"""What the server says of itself, and asks of its callers, on the wire."""

from typing import Literal

from headrace._wire.schema import Instant, ObjectSchema, WireSchema

__all__ = ["API_VERSION", "API_VERSION_HEADER", "OLDEST_API_VERSION", "CsrfToken", "CsrfTokenQuery", "Ready"]

API_VERSION = "0.8.4"
"""The version of the wire protocol that this code speaks."""

OLDEST_API_VERSION = "0.8.0"
"""Callers that speak an older one are refused."""

API_VERSION_HEADER = "X-PREFECT-API-VERSION"


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
