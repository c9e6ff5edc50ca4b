"""Stand-ins: the types whose values stand for another one in a call's arguments: states, futures, annotations.

Their modules enter them here as they are imported. While nobody has, no argument can hold any: a call need not look.
"""

from typing import Final

__all__ = ["ANNOTATION", "FUTURE", "STAND_INS", "STATE", "stands_in"]

STATE: Final = "state"
FUTURE: Final = "future"
ANNOTATION: Final = "annotation"

STAND_INS: Final[dict[type, str]] = {}
"""Type -> its role. By exact type, as a walk over a million values can afford to ask it."""


def stands_in(kind: type, role: str) -> None:
    """Enters a type whose values are to be resolved wherever they lie in arguments."""
    STAND_INS[kind] = role
