"""What a type checker tells the users of Headrace: the types they expect, and their mistakes where they made them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

USER_CODE = Path(__file__).parent / "user_code"
FILES = sorted(USER_CODE.glob("*.py"))


def said_of(project: Path) -> dict[str, Any]:
    """What pyright says of a project into which Headrace is installed."""
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--project", str(project), "--pythonpath", sys.executable, "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def diagnostics() -> list[dict[str, Any]]:
    """What it says, in its strict mode, of the users' code."""
    said = said_of(USER_CODE)
    assert said["summary"]["filesAnalyzed"] == len(FILES)
    return said["generalDiagnostics"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_users_get_the_types_they_expect_and_are_told_of_mistakes_alone(
    file: Path, diagnostics: list[dict[str, Any]]
) -> None:
    """A mistake stands in the code with the rule that finds it as an ignore; one that ignores nothing is an error."""
    assert [
        f"{file.name}:{item['range']['start']['line'] + 1}: {item['message']} ({item.get('rule')})"
        for item in diagnostics
        if Path(item["file"]).name == file.name
    ] == []


def test_examples_are_typed_as_an_editor_checks_them() -> None:
    said = said_of(Path(__file__).with_name("examples.json"))
    assert said["summary"]["filesAnalyzed"] > 40
    assert [
        (item["file"], item["range"]["start"]["line"] + 1, item["message"]) for item in said["generalDiagnostics"]
    ] == []


def test_the_package_says_that_it_is_typed() -> None:
    """Without the mark, checkers take what they read of an installed package for unknown."""
    import headrace

    assert Path(headrace.__path__[0], "py.typed").is_file()
