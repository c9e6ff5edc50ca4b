"""Values that are held to a JSON schema, on the wire: what a page asks about a form before it sends it."""

from typing import Any

from pydantic import Field

from headrace._wire.schema import WireSchema

__all__ = [
    "SchemaValidation",
    "SchemaValueIndexError",
    "SchemaValuePropertyError",
    "SchemaValuesValidationResponse",
    "ValueErrors",
]


class SchemaValidation(WireSchema):
    """Body of `ui/schemas/validate`."""

    json_schema: dict[str, Any] = Field(alias="schema")
    values: dict[str, Any]


class SchemaValuePropertyError(WireSchema):
    """What is wrong with a property, or within it."""

    property: str
    errors: "ValueErrors"


class SchemaValueIndexError(WireSchema):
    """The same of an element of a list."""

    index: int
    errors: "ValueErrors"


ValueErrors = list[str | SchemaValuePropertyError | SchemaValueIndexError]


class SchemaValuesValidationResponse(WireSchema):
    """What is wrong with the values; what is said of no part of them is about all."""

    errors: ValueErrors
    valid: bool
