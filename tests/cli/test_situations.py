"""What users see in the situations they meet is what was written down, and read."""

import pytest

from tests.cli.situations import GOLDEN, SITUATIONS, captured


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_looks_as_it_was_written_down(name: str) -> None:
    written = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert captured(name) == written, "if the change is meant: make golden, and read what it wrote"


def test_nothing_is_written_down_that_is_no_situation() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == set(SITUATIONS)
