"""Parameters as the command line gives them: `key=value`, where the value is JSON or else text, or one JSON object."""

from collections.abc import Iterable, Mapping
from inspect import Parameter, Signature
from typing import Any

import msgspec

from headrace.cli.failures import Misunderstood

__all__ = ["misfit", "parsed"]

# As annotations are: types, or their source.
_TEXT = (str, "str")
_TEXT_OR_NONE = (str | None, "str | None", "None | str", "Optional[str]")
_STARRED = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def parsed(assignments: Iterable[str], whole: str | None, signature: Signature) -> dict[str, Any]:
    """The parameters by name, of assignments and of one JSON object that holds all; Misunderstood for what is neither.

    Each may be given once.
    """
    parameters = {} if whole is None else _object(whole)
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        name = name.strip()
        if not equals or not name:
            raise Misunderstood(f"{assignment!r} is no assignment: write -p name=value.")
        if name in parameters:
            raise Misunderstood(f"The parameter {name} is given twice.")
        parameters[name] = _value(text, signature.parameters.get(name))
    return parameters


def _object(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise Misunderstood(
            f"--params is no JSON object ({error}): write it as "
            """--params '{"name": value}', in single quotes."""
        ) from None


def _value(text: str, parameter: Parameter | None) -> Any:
    """What the text says as JSON, else the text; a parameter that wants text gets text, whatever that says."""
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    annotation = None if parameter is None else parameter.annotation
    if annotation in _TEXT:
        return value if isinstance(value, str) else text
    if annotation in _TEXT_OR_NONE:
        return value if isinstance(value, str | None) else text
    return value


def misfit(flow_name: str, signature: Signature, parameters: Mapping[str, Any]) -> str | None:
    """Why the flow cannot be called with these parameters, with what it takes; None where it can."""
    named = {name: each for name, each in signature.parameters.items() if each.kind not in _STARRED}
    takes_any = any(each.kind is Parameter.VAR_KEYWORD for each in signature.parameters.values())
    unknown = [name for name in parameters if name not in named and not takes_any]
    if unknown:
        takes = f"it takes {', '.join(map(_described, named.values()))}" if named else "it takes none"
        return f"The flow {flow_name!r} has no parameter {' or '.join(unknown)}: {takes}."
    missing = [each for name, each in named.items() if each.default is Parameter.empty and name not in parameters]
    if missing:
        options = " ".join(f"-p {each.name}=..." for each in missing)
        return f"The flow {flow_name!r} needs {', '.join(map(_described, missing))}: add {options}"
    return None


def _described(parameter: Parameter) -> str:
    """The parameter as its function's signature says it."""
    return str(parameter.replace(kind=Parameter.POSITIONAL_OR_KEYWORD))
