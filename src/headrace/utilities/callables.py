"""Signatures of functions: parameters out of calls, calls out of parameters, and the schema of what one takes."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from headrace._engine.parameter_schema import (
    ParameterSchema,
    parameter_docstrings,
    parameter_schema,
    schema_of_signature,
)
from headrace._kernel.callables import Binder, callable_name, variadic_keyword
from headrace.exceptions import ReservedArgumentError, SignatureMismatchError

__all__ = [
    "ParameterSchema",
    "call_with_parameters",
    "collapse_variadic_parameters",
    "explode_variadic_parameter",
    "generate_parameter_schema",
    "get_call_parameters",
    "get_parameter_defaults",
    "parameter_docstrings",
    "parameter_schema",
    "parameters_to_args_kwargs",
    "raise_for_reserved_arguments",
]

R = TypeVar("R")


def get_call_parameters(
    fn: Callable[..., Any], call_args: tuple[Any, ...], call_kwargs: dict[str, Any], apply_defaults: bool = True
) -> dict[str, Any]:
    """The parameters, by name, that a call gives; without `apply_defaults`, only those that it does give.

    Raises ParameterBindError where the call does not fit.
    """
    binder = Binder(fn)
    return (binder.bound if apply_defaults else binder.bound_as_given)(call_args, call_kwargs)


def get_parameter_defaults(fn: Callable[..., Any]) -> dict[str, Any]:
    """The defaults of the parameters that have one."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(fn).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


def parameters_to_args_kwargs(
    fn: Callable[..., Any], parameters: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The positional and keyword arguments that give a function these parameters, by name.

    Raises SignatureMismatchError for a name that the function does not have.
    """
    signature = inspect.signature(fn)
    if parameters.keys() - signature.parameters.keys():
        raise SignatureMismatchError.from_bad_params(list(signature.parameters), list(parameters))
    bound = signature.bind_partial()
    bound.arguments.update({name: parameters[name] for name in signature.parameters if name in parameters})
    return bound.args, bound.kwargs


def call_with_parameters(fn: Callable[..., R], parameters: dict[str, Any]) -> R:
    """Calls a function with these parameters, by name."""
    args, kwargs = parameters_to_args_kwargs(fn, parameters)
    return fn(*args, **kwargs)


def explode_variadic_parameter(fn: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The parameters with what is under the name of `**kwargs` spread out, as a caller would write it."""
    variadic = variadic_keyword(inspect.signature(fn))
    if variadic is None or variadic not in parameters:
        return dict(parameters)
    rest = {name: value for name, value in parameters.items() if name != variadic}
    return {**rest, **parameters[variadic]}


def collapse_variadic_parameters(fn: Callable[..., Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The opposite: names that the function does not have go under the name of its `**kwargs`.

    Raises ValueError where it has none.
    """
    known = inspect.signature(fn).parameters
    unknown = {name: value for name, value in parameters.items() if name not in known}
    if not unknown:
        return dict(parameters)
    variadic = variadic_keyword(inspect.signature(fn))
    if variadic is None:
        raise ValueError(
            f"The function {callable_name(fn)!r} takes no variadic keyword argument, and has no parameters named "
            f"{', '.join(unknown)}."
        )
    return {**{name: value for name, value in parameters.items() if name in known}, variadic: unknown}


def generate_parameter_schema(signature: inspect.Signature, docstrings: dict[str, str]) -> ParameterSchema:
    """The schema of a signature whose annotations are types, with a description for each parameter that has one."""
    return schema_of_signature(signature, docstrings)


def raise_for_reserved_arguments(fn: Callable[..., Any], reserved_arguments: Iterable[str]) -> None:
    """Raises ReservedArgumentError where a parameter of the function has one of these names."""
    for name in reserved_arguments:
        if name in inspect.signature(fn).parameters:
            raise ReservedArgumentError(f"{name!r} is a reserved argument name and cannot be used.")
