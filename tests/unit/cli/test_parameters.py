"""Parameters of the command line: JSON or text, and what does not fit a flow."""

from inspect import Signature, signature
from typing import Any

import pytest

from headrace.cli.failures import Misunderstood
from headrace.cli.running.parameters import misfit, parsed


def takes(a: int, text: str = "x", *, later: "str" = "y", anything: Any = None) -> None: ...


def takes_two(a: int, text: "str" = "x") -> None: ...


def takes_all(a: int, *more: int, **others: int) -> None: ...


def takes_nothing() -> None: ...


def takes_maybe(maybe: str | None = None, later_maybe: "str | None" = None) -> None: ...


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("a=1", 1),
        ("a=1.5", 1.5),
        ("a=true", True),
        ("a=null", None),
        ("a=[1, 2]", [1, 2]),
        ("a=NaN", "NaN"),
        ("a=01", "01"),
        ("a=", ""),
        ("a= spaced ", " spaced "),
        ("a=123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_what_is_json_is_taken_as_json(assignment: str, value: object) -> None:
    assert parsed([assignment], None, signature(takes)) == {"a": value}


@pytest.mark.parametrize("name", ["text", "later"])
@pytest.mark.parametrize(("given", "value"), [("12", "12"), ("null", "null"), ('"12"', "12"), ("x y", "x y")])
def test_a_parameter_that_is_a_str_stays_text(name: str, given: str, value: str) -> None:
    assert parsed([f"{name}={given}"], None, signature(takes)) == {name: value}


@pytest.mark.parametrize("name", ["maybe", "later_maybe"])
@pytest.mark.parametrize(("given", "value"), [("12", "12"), ("null", None), ('"null"', "null"), ("x", "x")])
def test_a_parameter_that_is_a_str_or_none_is_one_of_them(name: str, given: str, value: str | None) -> None:
    assert parsed([f"{name}={given}"], None, signature(takes_maybe)) == {name: value}


def test_an_object_gives_all_and_assignments_the_rest() -> None:
    given = parsed(["anything=[1]"], '{"a": 1, "text": "x"}', signature(takes))
    assert given == {"a": 1, "text": "x", "anything": [1]}


@pytest.mark.parametrize(("params", "told"), [("[1]", "Expected `object`"), ("{a: 1}", "JSON"), ('{"a": 1}', "twice")])
def test_what_is_no_object_or_says_it_twice_is_refused(params: str, told: str) -> None:
    with pytest.raises(Misunderstood, match=f"(?i){told}"):
        parsed(["a=1"], params, signature(takes))


@pytest.mark.parametrize("assignments", [["a"], ["=1"], [" =1"], ["a=1", "a=1"]])
def test_what_is_no_assignment_or_stands_twice_is_refused(assignments: list[str]) -> None:
    with pytest.raises(Misunderstood):
        parsed(assignments, None, Signature())


@pytest.mark.parametrize(
    ("fn", "names", "why"),
    [
        (takes, ["a"], None),
        (takes, ["a", "anything"], None),
        (takes_all, ["a", "b", "c"], None),
        (takes, [], "The flow 'f' needs a: int: add -p a=..."),
        (takes_two, ["a", "b"], "The flow 'f' has no parameter b: it takes a: int, text: 'str' = 'x'."),
        (takes_nothing, ["b", "c"], "The flow 'f' has no parameter b or c: it takes none."),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_what_the_flow_takes(fn: Any, names: list[str], why: str | None) -> None:
    assert misfit("f", signature(fn), dict.fromkeys(names, 1)) == why
