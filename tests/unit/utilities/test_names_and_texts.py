"""Names made of words, what is not to be read, texts that are cut, and values by their types."""

import pytest
from pydantic import ValidationError

from headrace.utilities.names import generate_slug, obfuscate, obfuscate_string
from headrace.utilities.pydantic import parse_obj_as
from headrace.utilities.text import fuzzy_match_string, truncated_to


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_name_has_so_many_words(count: int) -> None:
    assert len(generate_slug(count).split("-")) == count


def test_a_name_of_one_word_is_refused() -> None:
    with pytest.raises(ValueError, match="two to four words, not 1"):
        generate_slug(1)


@pytest.mark.parametrize(
    ("secret", "shown"), [("", "********"), ("0123456789", "********"), ("0123456789a", "*******a")]
)
def test_a_secret_shows_its_tail_only_where_it_is_long(secret: str, shown: str) -> None:
    assert obfuscate_string(secret, show_tail=True) == shown
    assert obfuscate(None) == obfuscate(12345678901) == obfuscate_string(secret) == "********"


def test_a_long_text_loses_its_middle() -> None:
    assert truncated_to(30, "x" * 100) == f"{'x' * 15}...70 additional characters...{'x' * 15}"
    assert truncated_to(30, "x" * 50) == "x" * 50
    assert truncated_to(0, "x" * 50) == "...50 additional characters..."
    assert truncated_to(30, None) == ""


def test_a_misspelt_word_is_found() -> None:
    assert fuzzy_match_string("retrys", ["timeout", "retries"]) == "retries"
    assert fuzzy_match_string("xyz", ["retries"]) is None


def test_a_value_is_read_as_a_type() -> None:
    assert parse_obj_as(list[int], ["1"]) == parse_obj_as(list[int], "[1]", "json") == [1]
    assert parse_obj_as(dict[str, int], {"a": "1"}, "strings") == {"a": 1}
    with pytest.raises(ValidationError):
        parse_obj_as(int, "one")
