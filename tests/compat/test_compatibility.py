"""The page on compatibility says what is so; the comparison behind it sees what it should."""

import sys
from enum import Enum
from typing import Any, TypedDict, Unpack

import pytest

from headrace.compat._reference import prefect_api
from tests.compat.commands import commands
from tests.compat.compatibility import KNOWN, PAGE, names, page
from tests.compat.signatures import differences


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="later versions of Python add to what classes inherit")
def test_the_page_says_what_is_so() -> None:
    assert page(names()) == PAGE.read_text(encoding="utf-8"), "run make snapshot, and commit what it wrote"


def test_what_is_known_of_a_name_is_of_one_that_is_there() -> None:
    there = {f"{each.module}.{each.name}" for each in names() if each.verdict != "absent"}
    assert [name for name in KNOWN["differs"] if name not in there] == []


def test_what_an_absent_name_comes_with_is_said_of_names_of_prefect() -> None:
    modules = prefect_api()["modules"]
    every = {f"{module}.{name}" for module, listed in modules.items() for name in listed} | modules.keys()
    assert [path for path in KNOWN["comes_with"] if path not in every] == []


def test_what_an_absent_command_comes_with_is_said_of_those_that_are_absent() -> None:
    known = KNOWN["commands_come_with"]
    absent = [each.words for each in commands(known) if each.verdict == "absent"]
    assert [path for path in known if not any(f"{words} ".startswith(f"{path} ") for words in absent)] == []


def function(a: int, b: int = 1, *, c: str = "x") -> None:
    """Compared below."""


class Constructed:
    """Compared below."""

    def __init__(self, a: int) -> None:
        self.a = a

    def act(self) -> None:
        """A method."""


class Options(TypedDict, total=False):
    """Compared below."""

    name: str
    tags: list[str]


def spread(fn: object = None, /, **options: Unpack[Options]) -> None:
    """Compared below."""


CLASS = {"kind": "class", "signature": "(a)", "methods": {"act": "(self, how)", "rest": "(self)"}}


@pytest.mark.parametrize(
    ("fact", "ours", "told"),
    [
        ("(a, b=1, *, c='x')", function, []),
        ("(a, b=1, *, c='x', d=None, _e=2)", function, ["without `d`"]),
        ("(a, *, c='x', **kwargs)", function, ["without further keywords", "adds `b`"]),
        ("(a, b=2, c=...)", function, ["by keyword only `c`", "`b` is `1` by default, not `2`"]),
        ("(b=1, a=2, *, c)", function, ["in the order `a`, `b`", "`a` is required here", "`c` is not required"]),
        ("(__fn=None, *, name=None, size=1)", spread, ["without `size`", "adds `tags`"]),
        ({"kind": "async function"}, function, ["is asynchronous there"]),
        ("(a)", type("Plain", (), {}), ["without `a`"]),
        (CLASS, Constructed, ["without the methods `rest`", "`act`: without `how`"]),
        ({"kind": "model", "fields": ["a", "b"]}, type("M", (), {"a": 1}), ["without the fields `b`"]),
        ({"kind": "enum", "members": ["A", "B"]}, Enum("E", ["A"]), ["without the members `B`"]),
    ],
)
def test_the_comparison_sees(fact: Any, ours: Any, told: list[str]) -> None:
    known = {"kind": "function", "signature": fact} if isinstance(fact, str) else fact
    assert differences(known, ours) == told
