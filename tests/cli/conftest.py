"""A terminal with an empty home for each test, and one whose home has runs, for tests that only read."""

from pathlib import Path

import pytest

from tests.cli.terminal import SCRIPTS, Terminal


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal of an empty home."""
    return Terminal(tmp_path / "home")


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal of a home with three runs, oldest first: `sums` (and its subflow `report`) and `fails`."""
    terminal = Terminal(tmp_path_factory.mktemp("lived-in") / "home")
    assert terminal.type("run", f"{SCRIPTS}/pipeline.py:sums", "-p", "label=first").code == 0
    assert terminal.type("run", f"{SCRIPTS}/pipeline.py:fails").code == 1
    return terminal
