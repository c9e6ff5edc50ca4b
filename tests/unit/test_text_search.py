"""The little language in which words are looked for in logs."""

import pytest

from headrace.server.store.text_search import TextSearch, parse_text_search


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", TextSearch()),
        ("   ", TextSearch()),
        ("Error", TextSearch(any_of=("error",))),
        ("one two", TextSearch(any_of=("one", "two"))),
        ("+one -two !three four", TextSearch(("four",), ("one",), ("two", "three"))),
        ('"two words" -"not these"', TextSearch(any_of=("two words",), none_of=("not these",))),
        ('+"both of"them', TextSearch(any_of=("them",), all_of=("both of",))),
        (r'"a \"quote\" and a \\ and \n"', TextSearch(any_of=('a "quote" and a \\ and \\n',))),
        ('"left open', TextSearch(any_of=("left open",))),
        ("- + ! -", TextSearch()),
        ("a - b", TextSearch(any_of=("a", "b"))),
        ("--flag", TextSearch(none_of=("-flag",))),
        ('""', TextSearch()),
        ('"-"', TextSearch(any_of=("-",))),
    ],
)
def test_a_query_is_taken_apart(query: str, expected: TextSearch) -> None:
    assert parse_text_search(query) == expected
