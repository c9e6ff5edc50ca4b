"""What is answered instead of what was asked for, on the wire."""

from typing import Any

from headrace._wire.schema import WireSchema

__all__ = ["Refusal"]


class Refusal(WireSchema):
    """Body of the answers with a status of 400 or more: a `detail`, or an `exception_message` with more about it."""

    detail: str = ""
    exception_message: str = ""
    exception_detail: Any = None
    request_body: Any = None
