"""Each example as a user runs it: what it prints, and what it leaves in the store, is what `expected/` says."""

import re
from pathlib import Path

import pytest

from tests.examples.stories import EXAMPLES, EXPECTED, Story, examples, name_of, run_example, stored_story

README = (EXAMPLES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", examples(), ids=name_of)
def test_an_example_prints_and_leaves_what_is_expected(example: Path, tmp_path: Path) -> None:
    ran = run_example(example, tmp_path)

    assert ran.code == 0, ran.said
    assert Story(ran.printed, stored_story(tmp_path)) == Story.expected(name_of(example))
    assert "Warning" not in ran.said
    assert ran.seconds < 2


@pytest.mark.parametrize("example", examples(), ids=name_of)
def test_an_example_says_in_its_first_lines_what_it_shows_and_how_to_run_it(example: Path) -> None:
    first_line, empty, command = example.read_text(encoding="utf-8").splitlines()[:3]
    assert re.fullmatch(r'"""[^"]+\.', first_line)
    assert empty == ""
    assert command == f"    python examples/{name_of(example)}.py"


def test_every_example_is_in_the_index_once() -> None:
    assert sorted(re.findall(r"\]\(((?:basics|core|patterns)/\w+)\.py\)", README)) == sorted(map(name_of, examples()))


def test_every_story_is_that_of_an_example() -> None:
    written = {str(path.relative_to(EXPECTED).with_suffix("")) for path in EXPECTED.rglob("*.txt")}
    assert written == {name_of(example) for example in examples()}
