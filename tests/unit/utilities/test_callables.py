"""Parameters out of calls, and calls out of parameters."""

from typing import Any

import pytest

from headrace.exceptions import ParameterBindError, ReservedArgumentError, SignatureMismatchError
from headrace.utilities.callables import (
    call_with_parameters,
    collapse_variadic_parameters,
    explode_variadic_parameter,
    get_call_parameters,
    get_parameter_defaults,
    parameters_to_args_kwargs,
    raise_for_reserved_arguments,
)


def everything(a: Any, /, b: Any = 2, *args: Any, c: Any, d: Any = 4, **kw: Any) -> Any:
    return a, b, args, c, d, kw


def few(a: Any, b: Any = 2, **kw: Any) -> Any:
    return a, b, kw


def one(a: Any) -> Any:
    return a


def test_a_call_gives_parameters() -> None:
    assert get_call_parameters(everything, (1,), {"c": 3}) == {"a": 1, "b": 2, "args": (), "c": 3, "d": 4, "kw": {}}
    assert get_call_parameters(everything, (1,), {"c": 3}, apply_defaults=False) == {"a": 1, "c": 3}
    with pytest.raises(ParameterBindError, match="missing a required argument: 'a'"):
        get_call_parameters(everything, (), {})


def test_the_defaults_are_those_of_the_signature() -> None:
    assert get_parameter_defaults(everything) == {"b": 2, "d": 4}


@pytest.mark.parametrize(
    ("fn", "parameters", "call"),
    [
        (
            everything,
            {"a": 1, "b": 2, "args": (5, 6), "c": 3, "d": 4, "kw": {"z": 9}},
            ((1, 2, 5, 6), {"c": 3, "d": 4, "z": 9}),
        ),
        (everything, {"a": 1, "c": 3}, ((1,), {"c": 3})),
        (few, {"a": 1}, ((1,), {})),
    ],
)
def test_parameters_give_a_call(fn: Any, parameters: dict[str, Any], call: Any) -> None:
    assert parameters_to_args_kwargs(fn, parameters) == call
    assert call_with_parameters(fn, parameters) == fn(*call[0], **call[1])


def test_a_parameter_that_the_function_does_not_have_is_named() -> None:
    with pytest.raises(SignatureMismatchError, match="zz"):
        parameters_to_args_kwargs(everything, {"a": 1, "zz": 3})


def test_variadic_keywords_are_collapsed_and_exploded() -> None:
    assert collapse_variadic_parameters(few, {"a": 1, "x": 1, "y": 2}) == {"a": 1, "kw": {"x": 1, "y": 2}}
    assert collapse_variadic_parameters(few, {"a": 1}) == {"a": 1}
    assert explode_variadic_parameter(few, {"a": 1, "kw": {"x": 1}}) == {"a": 1, "x": 1}
    assert explode_variadic_parameter(one, {"a": 1}) == {"a": 1}
    with pytest.raises(ValueError, match="has no parameters named x"):
        collapse_variadic_parameters(one, {"a": 1, "x": 1})


def test_a_reserved_name_is_refused() -> None:
    with pytest.raises(ReservedArgumentError, match="'a'"):
        raise_for_reserved_arguments(one, ["a"])
