"""Frames: each record with its length and checksum in front, so that a reader sees where the records end.

A frame is a little-endian u32 length, the u32 CRC-32 of the payload, and the payload. A length of 0 is no frame: it
is the zeros that a segment was made of, behind the last record so far.
"""

import struct
from enum import Enum
from typing import Final
from zlib import crc32

import msgspec

__all__ = [
    "HEADER_BYTES",
    "MAX_PAYLOAD_BYTES",
    "Parsed",
    "Stop",
    "frame",
    "holds_frame",
    "is_blank",
    "pack_header",
    "parse",
]

_HEADER: Final = struct.Struct("<II")
HEADER_BYTES: Final = _HEADER.size
# An offset has 32 bits, and so has a length: a segment with one record stays below both.
MAX_PAYLOAD_BYTES: Final = 0xFFFF_FFFF - 2 * HEADER_BYTES
pack_header: Final = _HEADER.pack  # (length, checksum)
_unpack_from = _HEADER.unpack_from


class Stop(Enum):
    """Why reading frames ended."""

    LIMIT = "as many records as were asked for"
    SHORT = "the bytes end within a frame, or at the end of one"
    BLANK = "a length of 0: no frame was written here"
    BROKEN = "a checksum that does not fit"


class Parsed(msgspec.Struct, frozen=True, gc=False):
    """Frames of consecutive bytes."""

    offsets: list[int]
    payloads: list[bytes]
    end: int  # offset behind the last whole frame
    stop: Stop
    needed: int = 0  # with SHORT: bytes from `end` on that the next frame needs


def frame(payload: bytes) -> bytes:
    """`payload` with its length and checksum in front."""
    return pack_header(len(payload), crc32(payload)) + payload


def parse(data: bytes, limit: int) -> Parsed:
    """The frames at the beginning of `data`, at most `limit`."""
    offsets: list[int] = []
    payloads: list[bytes] = []
    offset, size = 0, len(data)
    while len(payloads) < limit:
        start = offset + HEADER_BYTES
        if start > size:
            return Parsed(offsets, payloads, offset, Stop.SHORT, HEADER_BYTES)
        length, checksum = _unpack_from(data, offset)
        if not length:
            return Parsed(offsets, payloads, offset, Stop.BLANK)
        end = start + length
        if end > size:
            return Parsed(offsets, payloads, offset, Stop.SHORT, HEADER_BYTES + length)
        payload = data[start:end]
        if crc32(payload) != checksum:
            return Parsed(offsets, payloads, offset, Stop.BROKEN)
        offsets.append(offset)
        payloads.append(payload)
        offset = end
    return Parsed(offsets, payloads, offset, Stop.LIMIT)


def is_blank(data: bytes) -> bool:
    """Whether nothing but zeros stands here."""
    return data.count(0) == len(data)


def holds_frame(data: bytes) -> bool:
    """Whether a whole frame begins anywhere behind the first byte of `data`.

    This tells a torn tail (the process died while it wrote its last record) from damage (records follow that would
    be lost in silence).
    """
    size = len(data)
    # A payload may itself end in zeros, or be nothing else: only where frames begin is held to what was written.
    for offset in range(1, min(len(data.rstrip(b"\0")), size - HEADER_BYTES)):
        length, checksum = _unpack_from(data, offset)
        start = offset + HEADER_BYTES
        if 0 < length <= size - start and crc32(data[start : start + length]) == checksum:
            return True
    return False
