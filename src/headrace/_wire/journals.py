"""Journals on the wire: what the stream's own structs do not say already."""

from typing import Annotated

import msgspec

from headrace._stream import JournalIdentity

__all__ = ["Cursors", "LeaseRenewal", "Obituary"]


class Cursors(msgspec.Struct, frozen=True):
    """How far a journal is stored; no positions where the control plane never heard of it."""

    positions: tuple[int, int] | None  # of states and logs


class Obituary(msgspec.Struct, frozen=True):
    """A journal whose process is gone, and what its unfinished runs are to say."""

    journal: JournalIdentity
    message: str


class LeaseRenewal(msgspec.Struct, frozen=True):
    """A journal whose process lives, and for how long from now nobody need doubt it."""

    journal: JournalIdentity
    seconds: Annotated[float, msgspec.Meta(ge=1, le=86_400)]
