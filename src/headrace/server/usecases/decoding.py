"""Decodes the payloads of a batch: all in one go, and one by one only where one of them cannot be read."""

from collections.abc import Callable, Sequence
from typing import Final, Generic, Literal, TypeVar

import msgspec

from headrace._records import LogLine
from headrace._stream import Series
from headrace.server.usecases.nul import holds_nul, may_hold_nul
from headrace.server.usecases.shapes import Report, lines_are_well_formed, malformation, states_are_well_formed

__all__ = [
    "Decoded",
    "Refused",
    "decoded_logs",
    "decoded_states",
    "refused_logs",
    "refused_states",
]

R = TypeVar("R", Report, LogLine)


class Refused(msgspec.Struct, frozen=True):
    """A record that cannot be stored, with the reason."""

    series: Literal["states", "logs"]
    position: int
    payload: bytes
    reason: str
    record: Report | LogLine | None = None  # None: it could not be read


class Decoded(msgspec.Struct, Generic[R], frozen=True):
    """The records of a series that can be stored, as far as the records alone can tell, and those that cannot."""

    positions: Sequence[int]
    payloads: Sequence[bytes]
    records: Sequence[R]
    refused: Sequence[Refused] = ()


_all_states: Final = msgspec.msgpack.Decoder(list[Report]).decode
_one_state: Final = msgspec.msgpack.Decoder(Report).decode
_all_logs: Final = msgspec.msgpack.Decoder(list[LogLine]).decode
_one_log: Final = msgspec.msgpack.Decoder(LogLine).decode


def decoded_states(series: Series, *, rejects_nul: bool) -> Decoded[Report]:
    """The states of a batch; `rejects_nul` says whether the database refuses texts with a NUL."""
    decoded = _whole(series, _all_states)
    if decoded is None or not states_are_well_formed(decoded.records) or (rejects_nul and _may_hold_nul(decoded)):
        return _one_by_one("states", series, _one_state, _refusal_with_nul if rejects_nul else malformation)
    return decoded


def decoded_logs(series: Series, *, rejects_nul: bool) -> Decoded[LogLine]:
    """The lines of a batch."""
    decoded = _whole(series, _all_logs)
    if decoded is None or not lines_are_well_formed(decoded.records) or (rejects_nul and _may_hold_nul(decoded)):
        return _one_by_one("logs", series, _one_log, _refusal_with_nul if rejects_nul else malformation)
    return decoded


def refused_states(series: Series, reason: str) -> Decoded[Report]:
    """A series of which nothing can be stored."""
    return _one_by_one("states", series, _one_state, lambda record: reason)


def refused_logs(series: Series, reason: str) -> Decoded[LogLine]:
    """A series of which nothing can be stored."""
    return _one_by_one("logs", series, _one_log, lambda record: reason)


def _may_hold_nul(decoded: Decoded[Report] | Decoded[LogLine]) -> bool:
    return may_hold_nul(decoded.records, decoded.payloads)


def _refusal_with_nul(record: Report | LogLine) -> str | None:
    return malformation(record) or ("This database stores no text with a NUL character." if holds_nul(record) else None)


def _whole(series: Series, all_of: Callable[[bytes], list[R]]) -> Decoded[R] | None:
    try:
        # One array of msgpack around all of them: its head is the mark 0xdd and the number of elements.
        records = all_of(b"".join((b"\xdd", len(series.payloads).to_bytes(4, "big"), *series.payloads)))
    except msgspec.DecodeError:
        return None
    return Decoded(series.positions, series.payloads, records)


def _one_by_one(
    name: Literal["states", "logs"],
    series: Series,
    one_of: Callable[[bytes], R],
    refusal: Callable[[R], str | None],
) -> Decoded[R]:
    positions: list[int] = []
    payloads: list[bytes] = []
    records: list[R] = []
    refused: list[Refused] = []
    for position, payload in zip(series.positions, series.payloads, strict=True):
        try:
            record = one_of(payload)
        except msgspec.DecodeError as exc:
            refused.append(Refused(name, position, payload, f"This Headrace cannot read the record: {exc}"))
            continue
        reason = refusal(record)
        if reason is not None:
            refused.append(Refused(name, position, payload, reason, record))
            continue
        positions.append(position)
        payloads.append(payload)
        records.append(record)
    return Decoded(positions, payloads, records, refused)
