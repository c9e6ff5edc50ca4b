"""What a type checker tells the users of Headrace: the types they expect, and their mistakes where they made them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

USER_CODE = Path(__file__).parent / "user_code"


@pytest.fixture(scope="module")
def diagnostics() -> list[dict[str, Any]]:
    """What pyright says of the users' code, as a project of its own into which Headrace is installed."""
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--project", str(USER_CODE), "--pythonpath", sys.executable, "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(done.stdout)
    assert said["summary"]["filesAnalyzed"] == len(list(USER_CODE.glob("*.py")))
    return said["generalDiagnostics"]


def said_of(diagnostics: list[dict[str, Any]], name: str) -> list[tuple[int, str, str]]:
    """Line, rule and message of what was said of one file."""
    return [
        (item["range"]["start"]["line"] + 1, item.get("rule", "syntax"), item["message"])
        for item in diagnostics
        if Path(item["file"]).name == name and item["severity"] == "error"
    ]


def expected_of(name: str) -> list[tuple[int, str]]:
    """Line and rule of the mistakes that a file announces in comments."""
    lines = (USER_CODE / name).read_text(encoding="utf-8").splitlines()
    return [(number, line.partition("# error: ")[2]) for number, line in enumerate(lines, 1) if "# error: " in line]


@pytest.mark.parametrize("name", ["right.py", "wrong.py", "methods.py"])
def test_users_get_the_types_they_expect_and_are_told_of_mistakes_alone(
    diagnostics: list[dict[str, Any]], name: str
) -> None:
    found = {(line, rule): message for line, rule, message in said_of(diagnostics, name)}
    assert sorted(found) == expected_of(name), found
