"""What the faults share: a home beside which scripts write down what they saw."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.faults.processes import Home


@pytest.fixture
def home(tmp_path: Path) -> Generator[Home]:
    """An empty home, for processes alone: nothing of this process opens it."""
    home = Home(tmp_path)
    yield home
    home.end_all()
