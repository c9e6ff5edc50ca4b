"""What all wire schemas share: their base, and the types of instants, names, labels and durations on the wire."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, StringConstraints, model_validator
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from headrace._kernel import clock, ids
from headrace._kernel.names import MAX_KEY_BYTES

__all__ = [
    "BodySchema",
    "Instant",
    "Labels",
    "Name",
    "NewKey",
    "NewName",
    "ObjectSchema",
    "Paginated",
    "WireEnum",
    "WireSchema",
    "instant",
    "microseconds",
    "new_uuid",
    "now",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(at: int) -> datetime:
    """Microseconds since the epoch, as the wire and the users see them."""
    return _EPOCH + timedelta(microseconds=at)


def microseconds(at: datetime) -> int:
    """The reverse of `instant`, without the rounding of `datetime.timestamp`."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def now() -> datetime:
    """This instant, by the kernel's clock."""
    return instant(clock.now())


def new_uuid() -> UUID:
    """A new UUIDv7."""
    return ids.to_uuid(ids.new_id())


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    try:
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("in UTC the instant is in no year from 1 to 9999") from exc


Instant = Annotated[datetime, AfterValidator(_in_utc)]
"""An instant; without an offset it is read as UTC, and it is always written with one."""

Name = Annotated[str, StringConstraints(pattern=r"^[^/%&><]+$")]
"""A name that can stand in a URL's path."""


def _within_an_index(text: str) -> str:
    size = len(text.encode())
    if size > MAX_KEY_BYTES:
        raise ValueError(f"it has {size} bytes in UTF-8, and at most {MAX_KEY_BYTES} are taken")
    return text


NewKey = Annotated[str, AfterValidator(_within_an_index)]
"""A text by which what is to be made will be found. What was made before there was the bound is answered as it is."""

NewName = Annotated[Name, AfterValidator(_within_an_index)]
"""The same of a name."""

Labels = dict[str, bool | int | FiniteFloat | str]
"""What runs are marked with, apart from tags."""


class WireEnum(str, Enum):  # noqa: UP042 - users print members, and a StrEnum's str() leaves out the class
    """Base of the closed sets of words on the wire: a member equals its word."""


class WireSchema(BaseModel):
    """Base of everything on the wire. Fields that a version does not know are ignored, so that versions can differ."""

    model_config = ConfigDict(
        extra="ignore",
        ser_json_timedelta="float",
        populate_by_name=True,
        allow_inf_nan=False,  # JSON has neither: they would be sent as null
    )

    _always_sent: ClassVar[tuple[str, ...]] = ()
    """Fields that an answer always has though Python gives them defaults; the OpenAPI document says so."""

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /) -> JsonSchemaValue:
        described = handler(core_schema)
        if cls._always_sent:
            resolved = handler.resolve_ref_schema(described)
            required: list[Any] = resolved.get("required", [])
            resolved["required"] = [*required, *(name for name in cls._always_sent if name not in required)]
        return described


class BodySchema(WireSchema):
    """Base of bodies of several parts: a part that is null has its default, as clients expect that send every part."""

    @model_validator(mode="before")
    @classmethod
    def _default_of_null(cls, parts: Any) -> Any:
        if not isinstance(parts, dict):
            return parts
        return {name: part for name, part in cast("dict[str, Any]", parts).items() if part is not None}


class ObjectSchema(WireSchema):
    """Base of what the store keeps: it has an id, and was created and last written at some instant."""

    _always_sent: ClassVar[tuple[str, ...]] = ("id", "created", "updated")

    id: UUID = Field(default_factory=new_uuid)
    created: Instant | None = None
    updated: Instant | None = None


class Paginated(WireSchema):
    """Base of pages that are asked for by number: one of them, and how many objects and pages there are."""

    count: int
    limit: int
    pages: int
    page: int
