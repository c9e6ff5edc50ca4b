"""Labels that runs have of what they belong to."""

from msgspec import json

from headrace._kernel.ids import id_text

__all__ = ["inherited"]


def inherited(labels: bytes, id_label: str, identifier: bytes, own: bytes) -> bytes:
    """A run bears the labels of what it belongs to, that one's id, and its own, which win; all but the id are JSON."""
    return json.encode({**json.decode(labels), id_label: id_text(identifier), **json.decode(own)})
