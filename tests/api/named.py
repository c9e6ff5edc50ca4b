"""A flow as far as the client needs one to make runs of it."""

from msgspec import Struct

__all__ = ["Named"]


class Named(Struct, frozen=True):
    """A flow of this name."""

    name: str
    version: str | None = None
