"""What is said of an object that is not there."""

from headrace._kernel.ids import id_text
from headrace.exceptions import ObjectNotFound

__all__ = ["unknown"]


def unknown(kind: str, identifier: bytes) -> ObjectNotFound:
    """The error of whoever asks for an object, such as a "flow run", by an id that none has."""
    return ObjectNotFound(help_message=f"There is no {kind} {id_text(identifier)}.")
