"""Small rooms: no module beyond 500 lines, no function body beyond 60. There is no list of exceptions."""

import ast

from tests.architecture.source import functions, python_files

MODULE_LINES = 500
BODY_LINES = 60


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement behind the docstring to the last."""
    statements = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    if not statements:
        return 0
    first, last = statements[0], statements[-1]
    # A decorated inner function begins with its decorator.
    start = min([first.lineno, *(node.lineno for node in getattr(first, "decorator_list", []))])
    return (last.end_lineno or last.lineno) - start + 1


def test_a_module_has_at_most_500_lines() -> None:
    lines = {module.name: len(module.text.splitlines()) for module in python_files()}
    assert {name: count for name, count in lines.items() if count > MODULE_LINES} == {}


def test_a_function_body_has_at_most_60_lines() -> None:
    long = {
        f"{module.at(function)} {function.name}": lines
        for module in python_files()
        for function in functions(module.tree)
        if (lines := body_lines(function)) > BODY_LINES
    }
    assert long == {}


def test_signature_and_docstring_are_not_counted() -> None:
    source = 'def f(\n    a,\n    b,\n):\n    """One.\n\n    Two.\n    """\n    c = a\n    return c + b\n'
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    assert body_lines(function) == 2
