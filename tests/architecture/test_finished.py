"""What stands here is finished: nothing is left to do, no body is empty, and the project speaks of itself alone."""

import ast
import io
import re
import subprocess
import tokenize
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, Module, functions, modules, python_files

LEFT_TO_DO = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP|TBD)\b")
# Places and things that a reader of the project does not have. Spelled in parts, so that this file does not match.
FOREIGN = re.compile(
    "|".join(
        [
            r"/wo" + r"rk/",
            r"/tm" + r"p/PLAN",
            r"\b(DESIGN|MEASUREMENTS|STYLE|FEATURES|PLAN)\.m" + r"d\b",
            r"\bDESIGN \d",
            r"\bissue #?\d",
            r"Co-Auth" + r"ored-By",
            r"\b(cla" + r"ude|anthro" + r"pic|chat" + r"gpt|language mo" + r"del)\b",
            r"py" + r"pi\.org|pythonho" + r"sted|npm" + r"js",
        ]
    ),
    re.IGNORECASE,
)
TEXT = {".py", ".md", ".toml", ".sql", ".txt", ".yaml", ".yml", ".json", ".cfg", ""}


def is_empty(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and statement.value.value is ...
    )


def empty_functions(module: Module) -> list[str]:
    """Functions without a body, but for those that are only ever declared: in protocols, abstract, overloads."""
    declared: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(parent) for parent in node.bases):
            declared |= {id(inner) for inner in functions(node)}
    found: list[str] = []
    for function in functions(module.tree):
        markers = {ast.unparse(decorator).rpartition(".")[2] for decorator in function.decorator_list}
        body = function.body[1:] if ast.get_docstring(function) is not None else function.body
        if id(function) in declared or markers & {"abstractmethod", "overload"}:
            continue
        # A docstring alone may say why there is nothing to do.
        if body and all(is_empty(statement) for statement in body):
            found.append(f"{module.at(function)} {function.name}")
    return found


def comments(module: Module) -> list[tokenize.TokenInfo]:
    """The comments of a module."""
    tokens = tokenize.generate_tokens(io.StringIO(module.text).readline)
    return [token for token in tokens if token.type == tokenize.COMMENT]


def test_no_comment_leaves_something_to_do() -> None:
    left = [
        f"{module.name}:{comment.start[0]}: {comment.string}"
        for module in python_files()
        for comment in comments(module)
        if LEFT_TO_DO.search(comment.string)
    ]
    assert left == []


def test_no_function_is_a_stub() -> None:
    raised = [
        module.at(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "NotImplementedError"
    ]
    assert raised == []
    assert [stub for module in modules() for stub in empty_functions(module)] == []


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("def f():\n    pass", True),
        ("def f():\n    '''Says.'''\n    ...", True),
        ("class P(Protocol):\n    def f(self): ...", False),
        ("@overload\ndef f(): ...", False),
        ("def f():\n    try:\n        g()\n    except OSError:\n        pass", False),
    ],
)
def test_the_scan_sees_stubs(source: str, seen: bool) -> None:
    module = modules()[0]
    assert bool(empty_functions(Module(module.path, source, ast.parse(source)))) is seen


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [path for line in listed.stdout.splitlines() if (path := ROOT / line).is_file() and path.suffix in TEXT]


def test_files_speak_of_the_project_alone() -> None:
    said = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if FOREIGN.search(line)
    ]
    assert said == []


def test_commits_speak_of_the_project_alone() -> None:
    log = subprocess.run(["git", "log", "--format=%h %B"], cwd=ROOT, capture_output=True, text=True, check=False)
    if log.returncode != 0:
        pytest.skip("this is no git checkout")
    assert [line for line in log.stdout.splitlines() if FOREIGN.search(line)] == []
