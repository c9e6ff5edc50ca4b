"""Functions of many signatures. Their annotations are strings."""

# ruff: noqa: B006, B008, F821, ICN001, RUF013, UP007, UP035, UP037, UP045 - users write all of these
from __future__ import annotations

import dataclasses
import datetime
import enum
from typing import Any, Callable, Iterator, Literal, Mapping, Optional, Sequence, Union

from pydantic import BaseModel, Field, SecretStr


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Inner(BaseModel):
    a: int = 1
    when: Optional[datetime.date] = None


class Window(BaseModel):
    """A window."""

    first: datetime.date
    days: int = Field(default=7, gt=0, description="How many")
    inner: Inner = Inner()


@dataclasses.dataclass
class Point:
    x: int
    y: float = 2.0


class Odd:
    pass


def s01():
    pass


def s02(x):
    pass


def s03(x: int):
    pass


def s04(x: int = 3):
    pass


def s05(x: str = None):
    pass


def s06(x: Optional[int] = None, y: int | None = 4):
    pass


def s07(x: list[int], y: dict[str, float] = {}):
    pass


def s08(
    when: datetime.datetime,
    day: datetime.date = datetime.date(2024, 1, 2),
    for_: datetime.timedelta = datetime.timedelta(seconds=3),
):
    pass


def s09(c: Colour, d: Colour = Colour.BLUE):
    pass


def s10(w: Window):
    pass


def s11(w: Window = Window(first=datetime.date(2024, 1, 1))):
    pass


def s12(w: list[Window], i: Inner):
    pass


def s13(p: Point):
    pass


def s14(p: Odd):
    pass


def s15(p: Odd = None):
    pass


def s16(s: SecretStr):
    pass


def s17(*args: int):
    pass


def s18(**kwargs: str):
    pass


def s19(a, /, b, *, c):
    pass


def s20(a: int, *rest: int, c: int = 0, **named: int):
    pass


def s21(x: Literal["a", "b"]):
    pass


def s22(x: Union[int, str] = "a"):
    pass


def s23(x: Any = None):
    pass


def s26(x: int = Field(default=3, description="the x", title="Ex")):
    pass


def s27(x: tuple[int, str], y: set[int] = frozenset()):
    pass


def s29(x: int, y: str = "a"):
    """Do a thing.

    Args:
        x: the first
            goes on here
        y (str): the second

    Returns:
        nothing
    """


def s30(x: int, y: str = "a"):
    """Do a thing.

    Parameters
    ----------
    x : int
        the first
    y : str, optional
        the second
    """


def s31(x: int, y: str = "a"):
    """Do a thing.

    :param x: the first
    :param str y: the second
    """


def s32(x: "Undefined"):
    pass


def s34(x=object(), y=[1]):
    pass


def s36(x: Callable[[int], int]):
    pass


def s37(x: Iterator[int] = None, y: Sequence[int] = (), z: Mapping[str, int] = None):
    pass


def s38(x: type = int):
    pass


def s39(x: Window | None = None, y: Colour | int = 3):
    pass


def awkward_names(schema: int, model_config: int = 2, _private: int = 3, copy: bool = True):
    pass


class Login(BaseModel):
    user: str
    password: SecretStr


class Logins(BaseModel):
    main: Login
    parent: Logins | None = None


def with_secrets(
    password: SecretStr, user: str, login: Login, logins: dict[str, Logins] | None = None, odd: Odd = None
):
    pass
