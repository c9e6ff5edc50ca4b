"""Annotations of arguments: how a flow or task is to take what it is given."""

from typing import Any, Generic, Self, TypeVar, cast

from headrace._kernel.stand_ins import ANNOTATION, stands_in

__all__ = ["BaseAnnotation", "NotSet", "Quote", "allow_failure", "freeze", "opaque", "quote", "unmapped"]

T = TypeVar("T")


class BaseAnnotation(tuple[T], Generic[T]):
    """A value with a remark on how to take it; the function gets the value alone."""

    __slots__ = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        stands_in(cls, ANNOTATION)

    def __new__(cls, value: T) -> Self:
        return super().__new__(cls, (value,))

    def __getnewargs__(self) -> tuple[T]:
        return (self.value,)

    @property
    def value(self) -> T:
        """What is annotated."""
        return self[0]

    def unwrap(self) -> T:
        """What is annotated."""
        return self[0]

    def rewrap(self, value: Any) -> Self:
        """Another value with the same annotation."""
        return type(self)(value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self[0] == cast("BaseAnnotation[Any]", other)[0]

    def __hash__(self) -> int:
        return hash((type(self), self[0]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self[0]!r})"


class unmapped(BaseAnnotation[T]):
    """In a call of `map`: the same value for every run, also if it could be iterated over."""

    __slots__ = ()


class allow_failure(BaseAnnotation[T]):
    """An upstream run that may fail: its exception is then what the function gets."""

    __slots__ = ()


class quote(BaseAnnotation[T]):
    """A value that is handed over as it is: nobody looks inside of it for states and futures.

    It also spares the look at a large value. What it depends on is then not known.
    """

    __slots__ = ()

    def unquote(self) -> T:
        """What is quoted."""
        return self.value


class Quote(quote[T]):
    """The former name of `quote`."""

    __slots__ = ()

    def __new__(cls, expr: T) -> Self:
        return super().__new__(cls, expr)


class opaque(BaseAnnotation[T]):
    """In a call of `map`: a value that is handed over as it is, and that nobody looks into."""

    __slots__ = ()


class freeze(BaseAnnotation[T]):
    """A parameter of a deployment whose value stays what it was when it was deployed."""

    __slots__ = ()

    def unfreeze(self) -> T:
        """What is frozen."""
        return self.value


class NotSet:
    """Stands for an argument that was not given, where None means something."""
