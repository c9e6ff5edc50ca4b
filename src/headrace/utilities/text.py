"""Texts: cut to a length, and found although they are misspelt."""

import difflib
from collections.abc import Iterable

__all__ = ["fuzzy_match_string", "truncated_to"]


def truncated_to(length: int, value: str | None) -> str:
    """The text with its middle left out, and how much that is, where this makes it shorter; "" for None."""
    if not value:
        return ""
    half = length // 2
    note = f"...{len(value) - 2 * half} additional characters..."
    if len(value) <= 2 * half + len(note):
        return value
    return value[:half] + note + value[-half:] if half else note


def fuzzy_match_string(word: str, possibilities: Iterable[str], *, n: int = 1, cutoff: float = 0.6) -> str | None:
    """The possibility that is most like a word; None where none is."""
    matches = difflib.get_close_matches(word, list(possibilities), n=n, cutoff=cutoff)
    return matches[0] if matches else None
