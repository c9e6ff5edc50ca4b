"""The little language in which words are looked for in logs.

Words that stand alone: one of them must occur. `+word`: must occur. `-word` or `!word`: must not. Quotes keep words
together, and within them a backslash makes a quote or a backslash plain. Case does not matter.
"""

import re
from typing import Final

import msgspec

__all__ = ["TextSearch", "parse_text_search"]

_TERM: Final = re.compile(r'(?P<sign>[-!+](?=\S))?(?:"(?P<phrase>(?:\\.|[^"\\])*)(?:"|$)|(?P<word>[^\s"]+))', re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')


class TextSearch(msgspec.Struct, frozen=True):
    """What a query asks for, in lower case."""

    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


def parse_text_search(query: str) -> TextSearch:
    """The parts of a query; a sign that stands alone says nothing."""
    found: dict[str, list[str]] = {"": [], "+": [], "-": [], "!": []}
    for match in _TERM.finditer(query):
        sign, word = match["sign"] or "", match["word"]
        if word is not None and word in found:
            continue
        term = _ESCAPED.sub(r"\1", match["phrase"]) if word is None else word
        if term.strip():
            found[sign].append(term.lower())
    return TextSearch(tuple(found[""]), tuple(found["+"]), (*found["-"], *found["!"]))
