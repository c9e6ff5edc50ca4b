"""Names made of words, and names that are not to be read."""

from typing import Any, Final

from headrace._kernel.names import generated_words

__all__ = ["OBFUSCATED_PREFIX", "generate_slug", "obfuscate", "obfuscate_string"]

OBFUSCATED_PREFIX: Final = "****"
_WIDTH: Final = 8
_TAIL: Final = 4
_NEVER_SHOWN: Final = 10  # Of what is short, a tail would tell too much.


def generate_slug(n_words: int) -> str:
    """A name of so many words, two to four, as in 'patient-otter'."""
    if not 2 <= n_words <= 4:
        raise ValueError(f"A generated name has two to four words, not {n_words}.")
    return "-".join(generated_words(n_words))


def obfuscate(s: Any, show_tail: bool = False) -> str:
    """Asterisks in place of a value; see `obfuscate_string`."""
    return obfuscate_string("" if s is None else str(s), show_tail)


def obfuscate_string(s: str, show_tail: bool = False) -> str:
    """Eight asterisks in place of a text, however long; `show_tail` shows up to four of its last letters."""
    tail = s[_NEVER_SHOWN:][-_TAIL:] if show_tail else ""
    return "*" * (_WIDTH - len(tail)) + tail
