"""The public surface is what the snapshot says."""

from tests.architecture.surface import SNAPSHOT, surface


def test_the_public_surface_is_the_one_that_was_written_down() -> None:
    written = SNAPSHOT.read_text(encoding="utf-8")
    assert surface() == written, "if the change is meant: make snapshot, and commit what it wrote"
