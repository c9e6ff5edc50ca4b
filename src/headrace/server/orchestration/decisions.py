"""What can be answered to a proposal: accept, reject, abort or wait, with the reason and the state that results."""

from typing import ClassVar

import msgspec

from headrace._records import StateRecord
from headrace._stream import VerdictStatus

__all__ = ["Abort", "Accept", "Decision", "Reject", "Wait"]


class Accept(msgspec.Struct, frozen=True):
    """The run goes to `state`. Where that is the very state it has, nothing is to be written."""

    status: ClassVar[VerdictStatus] = "ACCEPT"
    state: StateRecord


class Reject(msgspec.Struct, frozen=True):
    """The run goes to `state` instead, or stays where it is (None); the proposer goes on from there."""

    status: ClassVar[VerdictStatus] = "REJECT"
    reason: str
    state: StateRecord | None = None


class Abort(msgspec.Struct, frozen=True):
    """The run stays where it is, and the proposer must not go on with it."""

    status: ClassVar[VerdictStatus] = "ABORT"
    reason: str


class Wait(msgspec.Struct, frozen=True):
    """The run stays where it is; the same may be proposed again in `delay_seconds`."""

    status: ClassVar[VerdictStatus] = "WAIT"
    reason: str
    delay_seconds: int


Decision = Accept | Reject | Abort | Wait
