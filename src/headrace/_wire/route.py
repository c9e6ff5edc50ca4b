"""A route as a value: what a request to the control plane takes and answers."""

from typing import Literal

import msgspec

__all__ = ["Method", "Route"]

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route. Its name is the client's verb for it, and the operation's id in the OpenAPI document."""

    name: str
    method: Method
    path: str
    handler: str
    tag: str
    response: str | None = None
    is_list: bool = False  # the response is a list of its schema
    request: str | None = None
    is_request_optional: bool = False  # no body asks for the defaults
    query: str | None = None
    statuses: tuple[int, ...] = (200,)
    media: Literal["json", "msgpack", "csv"] = "json"
    writes: bool = False  # to the store: such calls are put in order by the server's writer
    repeats: bool = False  # of one that writes: done twice, it is as if done once
    hot: bool = False  # served ahead of all others
    versioned: bool = True  # refuses callers of an old protocol
    sees_reports: bool = True  # a client stores what its process has reported before it asks
    sees_url: bool = False  # the handler is told where the API is, behind all else

    @property
    def is_repeatable(self) -> bool:
        """Whether a request may be sent again though the server may have carried it out."""
        return self.repeats or not self.writes
