"""What the server says of itself, and asks of its callers, on the wire."""

from typing import Literal
from uuid import UUID

from headrace._wire.schema import Instant, ObjectSchema, WireSchema

__all__ = [
    "Clearing",
    "CsrfToken",
    "CsrfTokenQuery",
    "Ready",
    "ServerDefaultResultStorage",
    "ServerDefaultResultStorageUpdate",
]


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


class ServerDefaultResultStorage(WireSchema):
    """The block that holds results of runs which name none."""

    default_result_storage_block_id: UUID | None = None


class ServerDefaultResultStorageUpdate(WireSchema):
    """The block that shall hold them."""

    default_result_storage_block_id: UUID


class Clearing(WireSchema):
    """Body of the route that deletes everything: it has to be said twice."""

    confirm: Literal[True]
