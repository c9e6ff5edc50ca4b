"""Identifiers: UUIDv7 made by the client, kept as 16 bytes inside and turned into `uuid.UUID` at the borders only.

Source of the layout: RFC 9562, section 5.7 (version 7, time-ordered), 6.2 (method 3: the 12 bits behind the
milliseconds are their fraction, so that ids of one process sort as they were made) and 5.8 (version 8, custom).
"""

import os
from _random import Random  # The C class: `random` costs 8 ms to import, and its generator is seeded by users.
from typing import TYPE_CHECKING

from headrace._kernel.clock import machine_time_ns

if TYPE_CHECKING:  # uuid costs 8 ms to import and is needed only where a border asks for it.
    from uuid import UUID

__all__ = ["id_bytes", "id_text", "new_id", "state_id", "task_run_of", "to_uuid"]

_VERSION_7 = (7 << 76) | (2 << 62)
_VERSION_8 = 8 << 76
_VERSION_MASK = ~(0xF << 76)
_SHOWN = 1 << 32  # above the bits that tell the states of a run apart

_random = Random(int.from_bytes(os.urandom(32), "big"))
_getrandbits = _random.getrandbits


def _reseed() -> None:
    _random.seed(int.from_bytes(os.urandom(32), "big"))


# A forked child would otherwise draw the very ids that its parent draws.
os.register_at_fork(after_in_child=_reseed)


def new_id() -> bytes:
    """A new UUIDv7 as 16 bytes: 48 bits of Unix milliseconds, 12 of their fraction (0.24 us each), then randomness."""
    milliseconds, nanoseconds = divmod(machine_time_ns(), 1_000_000)
    fraction = (nanoseconds << 12) // 1_000_000
    return (milliseconds << 80 | fraction << 64 | _VERSION_7 | _getrandbits(62)).to_bytes(16, "big")


def state_id(run_id: bytes, attempt: int, ordinal: int) -> bytes:
    """The id of a run's state: computed, so that a report told twice, or by two journals, names one state."""
    number = int.from_bytes(run_id, "big") ^ ((attempt & 0xFFFF) << 16 | (ordinal & 0xFFFF))
    return (number & _VERSION_MASK | _VERSION_8).to_bytes(16, "big")


def task_run_of(flow_run_id: bytes) -> bytes:
    """The id of the task run that shows a subflow in its parent: computed, so that whoever knows one knows both."""
    return (int.from_bytes(flow_run_id, "big") ^ _SHOWN).to_bytes(16, "big")


def id_text(identifier: bytes) -> str:
    """The canonical text of an id, as `str(uuid.UUID)` gives it."""
    digits = identifier.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def id_bytes(text: str) -> bytes:
    """The 16 bytes of an id's text, with or without hyphens; ValueError where it is none."""
    identifier = bytes.fromhex(text.replace("-", ""))
    if len(identifier) != 16:
        raise ValueError(f"{text!r} is no id: an id has 32 hexadecimal digits")
    return identifier


def to_uuid(identifier: bytes) -> "UUID":
    """The id as users see it."""
    from uuid import UUID

    return UUID(bytes=identifier)
