"""Where a record stands in its series: `segment number << 32 | byte offset`, which grows and names a record for ever.

Segments are numbered from 1 without a gap. A cursor is the position at which reading goes on, and these rules make
each cursor mean one place:

- `ORIGIN` is the cursor of a series of which nothing is stored. It lies before segment 1.
- Behind the last record of a segment that is known to be sealed, the cursor is `(n + 1, 0)`, whether or not segment
  n + 1 exists yet. Behind the last record of any other segment it is `(n, offset)`.
- So `(n, sealed end)` is a cursor that was stored before segment n was sealed. It stays as it is until records from
  segment n + 1 are stored: a batch starts at the very cursor that the sink holds, and nothing is sent to move one
  without records. A segment's file is removed only once the stored cursor lies in a later segment, and therefore the
  segment of a cursor is always there to be looked at.
"""

from typing import Final

__all__ = ["BEYOND", "ORIGIN", "at", "offset_of", "segment_of"]

ORIGIN: Final = 0
BEYOND: Final = (1 << 63) - 1  # behind every record that there will ever be
_OFFSET_MASK: Final = 0xFFFF_FFFF


def at(segment: int, offset: int) -> int:
    """The position of `offset` in the segment of this number."""
    return segment << 32 | offset


def segment_of(position: int) -> int:
    """The number of the segment in which a position lies; 0 for `ORIGIN`."""
    return position >> 32


def offset_of(position: int) -> int:
    """A position's byte offset in its segment."""
    return position & _OFFSET_MASK
