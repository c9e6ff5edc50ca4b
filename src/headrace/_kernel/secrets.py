"""Text that is not to be seen: it shows itself as stars, and tells what it is when asked."""

__all__ = ["MASK", "SecretText"]

MASK = "*" * 8


class SecretText:
    """A secret among the settings, with the methods of pydantic's SecretStr, whose import takes long."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def get_secret_value(self) -> str:
        """The text itself."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretText) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __len__(self) -> int:
        return len(self._text)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"SecretText('{MASK}')"
