"""What a type checker tells the users of Headrace: the types they expect, and their mistakes where they made them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

USER_CODE = Path(__file__).parent / "user_code"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def diagnostics(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What pyright says of the users' code, as a project that has Headrace installed."""
    project = tmp_path_factory.mktemp("project") / "pyrightconfig.json"
    settings = {
        "include": [str(USER_CODE)],
        "extraPaths": [str(ROOT / "src")],
        "pythonVersion": "3.11",
        # Users leave functions unannotated and calls unused; everything else is as pyright does it by default.
        "typeCheckingMode": "standard",
    }
    project.write_text(json.dumps(settings))
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--project", str(project), "--pythonpath", sys.executable, "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout)["generalDiagnostics"]


def said_of(diagnostics: list[dict[str, Any]], name: str) -> list[tuple[int, str, str]]:
    """Line, rule and message of what was said of one file."""
    return [
        (item["range"]["start"]["line"] + 1, item.get("rule", "syntax"), item["message"])
        for item in diagnostics
        if Path(item["file"]).name == name and item["severity"] == "error"
    ]


def test_users_get_the_types_that_they_expect(diagnostics: list[dict[str, Any]]) -> None:
    assert said_of(diagnostics, "right.py") == []


def test_users_are_told_of_their_mistakes_and_of_nothing_else(diagnostics: list[dict[str, Any]]) -> None:
    lines = (USER_CODE / "wrong.py").read_text(encoding="utf-8").splitlines()
    expected = [(number, line.partition("# error: ")[2]) for number, line in enumerate(lines, 1) if "# error: " in line]
    found = {(line, rule): message for line, rule, message in said_of(diagnostics, "wrong.py")}
    assert sorted(found) == expected, found
