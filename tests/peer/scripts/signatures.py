"""Calls out of parameters, and parameters out of calls."""

from prefect.utilities.callables import (
    collapse_variadic_parameters,
    explode_variadic_parameter,
    get_call_parameters,
    get_parameter_defaults,
    parameter_schema,
    parameters_to_args_kwargs,
)


def everything(a, /, b=2, *args, c, d=4, **kw):
    """Do it."""


if __name__ == "__main__":
    print(get_call_parameters(everything, (1,), {"c": 3}))
    print(get_call_parameters(everything, (1, 2, 3), {"c": 3, "z": 5}, apply_defaults=False))
    print(get_parameter_defaults(everything))
    print(parameters_to_args_kwargs(everything, {"a": 1, "b": 2, "args": (3,), "c": 4, "d": 5, "kw": {"z": 6}}))
    print(collapse_variadic_parameters(everything, {"a": 1, "c": 2, "z": 3}))
    print(explode_variadic_parameter(everything, {"a": 1, "kw": {"z": 3}}))
    print(parameter_schema(everything).model_dump_for_openapi())
