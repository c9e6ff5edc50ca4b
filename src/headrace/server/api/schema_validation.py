"""The handler of the route by which pages hold the values of a form to its JSON schema.

A form may say in place of a value how it is come by: as JSON in a text, by a template, as a variable. JSON is read; of
the others nobody knows before the run what they will be, so the schema does not speak of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, cast

from headrace._wire.schema_validation import (
    SchemaValidation,
    SchemaValueIndexError,
    SchemaValuePropertyError,
    SchemaValuesValidationResponse,
    ValueErrors,
)
from headrace.server.api.errors import ValuesUnchecked
from headrace.server.store.transactions import Store

__all__ = ["validate_values"]

Place = tuple[str | int, ...]

_KIND: Final = "__prefect_kind"


def validate_values(store: Store, body: SchemaValidation) -> SchemaValuesValidationResponse:
    """What is wrong with some values, by a schema."""
    promised: dict[Place, str | None] = {}
    values = _read(body.values, (), promised)
    errors: ValueErrors = []
    for place, problem in promised.items():
        if problem is not None:
            _add(errors, place, problem)
    for place, problem in _problems(body.json_schema, values):
        if not any(place[: len(known)] == known for known in promised):
            _add(errors, place, problem)
    return SchemaValuesValidationResponse(errors=errors, valid=not errors)


def _read(value: Any, place: Place, promised: dict[Place, str | None]) -> Any:
    """The value with what it says in JSON; places of what is not known yet go to `promised`, with what is wrong."""
    if isinstance(value, list):
        return [_read(one, (*place, index), promised) for index, one in enumerate(cast("list[Any]", value))]
    if not isinstance(value, dict):
        return value
    parts = cast("dict[str, Any]", value)
    match parts.get(_KIND):
        case None if _KIND not in parts:
            return {name: _read(one, (*place, name), promised) for name, one in parts.items()}
        case None | "none" if "value" in parts:
            return _read(parts["value"], place, promised)
        case "json" if isinstance(parts.get("value"), str):
            try:
                return json.loads(parts["value"])
            except (ValueError, RecursionError) as error:
                promised[place] = f"Invalid JSON: {error}"
        case "workspace_variable" if isinstance(parts.get("variable_name"), str):
            promised[place] = f"Variable {parts['variable_name']!r} not found in workspace."
        case _:
            promised[place] = None
    return None


def _problems(schema: dict[str, Any], values: Any) -> Iterator[tuple[Place, str]]:
    """Each with its place; ValuesUnchecked where the schema is none."""
    try:
        from jsonschema.exceptions import SchemaError
        from referencing import Registry
        from referencing.exceptions import Unresolvable
    except ImportError as error:
        raise ValuesUnchecked(
            f"This server holds no values to schemas ({error}). Install what it takes: pip install "
            "'headrace[validation]'"
        ) from error

    validator = _validator()
    try:
        validator.check_schema(schema)
        # An empty registry: else references would be fetched from wherever they lead.
        checked = validator(_with_nulls(schema), registry=Registry[Any](), format_checker=_formats())
        found = [(tuple(error.absolute_path), error.message) for error in checked.iter_errors(values)]
    except SchemaError as error:
        raise ValuesUnchecked(f"Invalid schema: {error.message}") from error
    except Unresolvable as error:
        raise ValuesUnchecked(f"Invalid schema: the reference {error.ref!r} leads nowhere.") from error
    except RecursionError as error:
        raise ValuesUnchecked("Invalid schema: it is too deep, or refers to itself without an end.") from error
    yield from found


def _with_nulls(schema: Any) -> Any:
    """The schema, by which a property that may be left out may be null as well, where no default is given."""
    if not isinstance(schema, dict):
        return schema
    parts: dict[str, Any] = {**schema}
    required = cast("Sequence[str]", parts.get("required", ()))
    if "properties" in parts:
        properties = cast("Mapping[str, Any]", parts["properties"])
        parts["properties"] = {
            name: _with_nulls(described) if name in required else _or_null(_with_nulls(described))
            for name, described in properties.items()
        }
    for shelf in ("definitions", "$defs"):
        if shelf in parts:
            parts[shelf] = {name: _with_nulls(one) for name, one in cast("Mapping[str, Any]", parts[shelf]).items()}
    return parts


def _or_null(described: Any) -> Any:
    if not isinstance(described, dict) or "type" not in described or described.keys() & {"default", "anyOf"}:
        return cast("Any", described)
    parts = cast("dict[str, Any]", described)
    alternatives = [{"type": parts["type"]}, {"type": "null"}]
    return {name: part for name, part in parts.items() if name != "type"} | {"anyOf": alternatives}


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, ValidationError, validators

    def required(validator: Any, names: Sequence[str], instance: Any, schema: Any) -> Iterator[ValidationError]:
        """Finds what is missing in its own place, and not in what lacks it."""
        for name in names if isinstance(instance, dict) else ():
            if name not in instance:
                yield ValidationError(f"{name!r} is a required property", path=(name,))

    return cast("Any", validators).extend(Draft202012Validator, {"required": required})


@cache
def _formats() -> Any:
    from jsonschema import FormatChecker

    checker = FormatChecker()

    @checker.checks("date-time", raises=ValueError)
    def is_instant(value: object) -> bool:
        return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None

    return checker


def _add(errors: ValueErrors, place: Sequence[str | int], problem: str) -> None:
    """Puts a problem into the tree of those that are known."""
    if not place:
        errors.append(problem)
        return
    first, *rest = place
    for known in errors:
        if not isinstance(known, str) and first == (
            known.index if isinstance(known, SchemaValueIndexError) else known.property
        ):
            break
    else:
        known = (
            SchemaValueIndexError(index=first, errors=[])
            if isinstance(first, int)
            else SchemaValuePropertyError(property=first, errors=[])
        )
        errors.append(known)
    _add(known.errors, rest, problem)
