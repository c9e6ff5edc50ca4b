"""The pytest plug-in: off unless asked for, and there before any conftest."""

from pathlib import Path

import pytest

from tests.compat.processes import python

TEST = """
import prefect

def test_flow():
    assert prefect.__name__ == "headrace"
    assert prefect.flow(lambda: 3)() == 3
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite whose conftest imports prefect."""
    (tmp_path / "conftest.py").write_text("from prefect import flow\n")
    (tmp_path / "test_it.py").write_text(TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def test_the_option_turns_it_on(suite: Path) -> None:
    ended = python("-m", "pytest", "--headrace-compat", folder=suite)
    assert ended.code == 0, ended.out + ended.err
    assert "headrace: import prefect gives Headrace" in ended.out


def test_the_ini_file_turns_it_on(suite: Path) -> None:
    (suite / "pytest.ini").write_text("[pytest]\nheadrace_compat = true\n")
    ended = python("-m", "pytest", folder=suite)
    assert ended.code == 0, ended.out + ended.err


def test_it_is_off_by_default(suite: Path) -> None:
    (suite / "conftest.py").write_text("")
    (suite / "test_it.py").write_text(
        "import importlib.util\ndef test_off():\n    assert importlib.util.find_spec('prefect') is None\n"
    )
    ended = python("-m", "pytest", folder=suite)
    assert ended.code == 0, ended.out + ended.err


def test_a_prefect_that_another_plug_in_imported_is_told(suite: Path) -> None:
    (suite / "prefect.py").write_text("")
    (suite / "early.py").write_text("import prefect\n")
    ended = python("-m", "pytest", "-p", "early", "--headrace-compat", folder=suite, PYTHONPATH=str(suite))
    assert ended.code == 4
    assert "prefect is imported already" in ended.err
