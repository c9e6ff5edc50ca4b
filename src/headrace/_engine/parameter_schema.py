"""The schema of a function's parameters, as forms and deployments need it. Imported where it is asked for: pydantic."""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from headrace._engine.parameters import type_hints

__all__ = ["ParameterSchema", "parameter_docstrings", "parameter_schema", "schema_of_signature", "secret_parameters"]

_SECTION: Final = re.compile(r"(args|arguments|params|parameters):\s*$", re.IGNORECASE)
_ENTRY: Final = re.compile(r"\*{0,2}(\w+)\s*(?:\(.*?\))?\s*:\s*(.*)")


class ParameterSchema(BaseModel):
    """A JSON schema of the parameters of a function."""

    title: Literal["Parameters"] = "Parameters"
    type: Literal["object"] = "object"
    properties: dict[str, Any] = Field(default_factory=dict)
    required: list[str] = Field(default_factory=list[str])
    definitions: dict[str, Any] = Field(default_factory=dict)

    def model_dump_for_openapi(self) -> dict[str, Any]:
        """The schema as a dict, without `required` where nothing is."""
        schema = self.model_dump(mode="python", exclude_none=True)
        if not schema["required"]:
            del schema["required"]
        return schema


class _Lenient(GenerateJsonSchema):
    """What JSON schema cannot say of a type is left unsaid, as is a default that is no JSON."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012 - as the base declares it

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        """Nothing is known of it."""
        return {}


def parameter_schema(fn: Callable[..., Any]) -> ParameterSchema:
    """The schema of the parameters of `fn`, described as its docstring describes them."""
    signature = inspect.signature(fn)
    hints = type_hints(fn)
    parameters = [
        parameter.replace(annotation=hints.get(parameter.name, inspect.Parameter.empty))
        for parameter in signature.parameters.values()
    ]
    return schema_of_signature(signature.replace(parameters=parameters), parameter_docstrings(inspect.getdoc(fn)))


def secret_parameters(fn: Callable[..., Any]) -> set[str]:
    """The parameters whose type has a secret in it, however deep: pydantic's schemas say so of what they hide."""
    schema = parameter_schema(fn)
    texts = {name: json.dumps(definition) for name, definition in schema.definitions.items()}

    def is_secret(text: str, seen: frozenset[str]) -> bool:
        names = set(re.findall(r'"#/definitions/([^"]+)"', text)) - seen
        return '"writeOnly": true' in text or any(is_secret(texts.get(name, ""), seen | names) for name in names)

    return {name for name, part in schema.properties.items() if is_secret(json.dumps(part), frozenset())}


def schema_of_signature(signature: inspect.Signature, docstrings: Mapping[str, str]) -> ParameterSchema:
    """The schema of a signature whose annotations are types; the receiver of a method is left out, its place is not."""
    fields: dict[str, Any] = {}
    for position, parameter in enumerate(signature.parameters.values()):
        if position == 0 and parameter.name in ("self", "cls"):
            continue
        # A parameter may have any name, and a model's field not: the alias has it.
        fields[f"p{position}"] = _field(parameter, position, docstrings.get(parameter.name))
    config = ConfigDict(arbitrary_types_allowed=True)
    model = create_model("Parameters", __config__=config, **fields)
    schema = model.model_json_schema(by_alias=True, ref_template="#/definitions/{model}", schema_generator=_Lenient)
    return ParameterSchema(
        properties=schema.get("properties", {}),
        required=schema.get("required", []),
        definitions=schema.get("$defs", {}),
    )


def parameter_docstrings(docstring: str | None) -> dict[str, str]:
    """What the section `Args:` of a docstring says of each parameter."""
    found: dict[str, list[str]] = {}
    name: str | None = None
    indent: int | None = None
    is_inside = False
    for line in inspect.cleandoc(docstring or "").splitlines():
        text = line.strip()
        depth = len(line) - len(line.lstrip())
        if text and depth == 0:
            is_inside, name, indent = _SECTION.fullmatch(text) is not None, None, None
        elif is_inside and text:
            indent = depth if indent is None else indent
            entry = _ENTRY.fullmatch(text) if depth == indent else None
            if entry is not None:
                name = str(entry[1])
                found[name] = [entry[2]]
            elif name is not None:
                found[name].append(text)
    return {name: "\n".join(lines).strip() for name, lines in found.items()}


def _field(parameter: inspect.Parameter, position: int, description: str | None) -> tuple[Any, Any]:
    annotation = Any if parameter.annotation is inspect.Parameter.empty else parameter.annotation
    default = ... if parameter.default is inspect.Parameter.empty else parameter.default
    if isinstance(default, FieldInfo):
        annotation = Annotated[annotation, default]
        default = default.get_default(call_default_factory=True) if not default.is_required() else ...
    told: Any = {} if description is None else {"description": description}
    extra: Any = {"position": position}
    return annotation, Field(default, alias=parameter.name, title=parameter.name, json_schema_extra=extra, **told)
