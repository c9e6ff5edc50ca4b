"""Numbers with their noun, and amounts of bytes."""

import pytest

from headrace.cli.rendering.counts import bytes_text, counted


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (99_400, "99.4 kB"), (99_900, "100 kB"), (8_396_800, "8.4 MB"),
     (5_000_000_000, "5.0 GB"), (7_200_000_000_000, "7.2 TB")],
)  # fmt: skip
def test_bytes_are_told_in_a_unit_that_fits(count: int, said: str) -> None:
    assert bytes_text(count) == said


def test_a_noun_follows_its_number() -> None:
    assert [counted(number, "flow run") for number in (0, 1, 1234)] == ["0 flow runs", "1 flow run", "1,234 flow runs"]
