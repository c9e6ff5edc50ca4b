"""What the faults share: a home beside which scripts write down what they saw."""

from pathlib import Path

import pytest

from tests.faults.processes import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home, for processes alone: nothing of this process opens it."""
    return Home(tmp_path)
