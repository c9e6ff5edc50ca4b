"""What the package says when it is asked for a name of Prefect that it does not have."""

from pathlib import Path

import pytest

from tests.compat.processes import Ended, python


def run(source: str, folder: Path) -> Ended:
    """A script in a process of its own."""
    (folder / "script.py").write_text(source)
    return python("script.py", folder=folder)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("from headrace import flow, serve", "ImportError: headrace.serve is not in Headrace "),
        ("from headrace import variables", "ImportError: headrace.variables is not in Headrace "),
        ("headrace.serve", "AttributeError: module 'headrace' has no attribute 'serve' (headrace.serve is not in"),
        ("from headrace import nowhere", "ImportError: cannot import name 'nowhere' from 'headrace' ("),
        ("headrace.nowhere", "AttributeError: module 'headrace' has no attribute 'nowhere'"),
    ],
)
def test_a_name_that_is_absent_says_so(statement: str, told: str, tmp_path: Path) -> None:
    assert run(f"import headrace\n{statement}\n", tmp_path).err.splitlines()[-1].startswith(told)


def test_it_says_what_to_do_until_then(tmp_path: Path) -> None:
    said = run("from headrace import serve", tmp_path).err
    assert "start the flow with cron or a timer, as in: headrace run FILE:FLOW." in said


def test_it_can_be_asked_for_politely(tmp_path: Path) -> None:
    source = """
import headrace
print(hasattr(headrace, "serve"), getattr(headrace, "deploy", None))
try:
    from headrace import serve
except ImportError as error:
    print(error.name)
"""
    assert run(source, tmp_path).out == "False None\nheadrace\n"


def test_who_asks_for_what_is_there_pays_nothing(tmp_path: Path) -> None:
    source = """
import sys
from headrace import context, flow, task
print(any(name.startswith("headrace.compat") for name in sys.modules), context.__name__)
"""
    assert run(source, tmp_path).out == "False headrace.context\n"


FLOW = """
from headrace import flow, task
@task
def fetch(): ...
@flow
def daily(): ...
"""


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("daily.serve(cron='0 3 * * *')", "AttributeError: Flow.serve is not in Headrace "),
        ("fetch.delay()", "AttributeError: Task.delay is not in Headrace "),
        ("daily.nothing", "AttributeError: 'Flow' object has no attribute 'nothing'"),
        ("daily._private", "AttributeError: 'Flow' object has no attribute '_private'"),
    ],
)
def test_a_method_that_is_absent_says_so(expression: str, told: str, tmp_path: Path) -> None:
    assert run(f"{FLOW}{expression}\n", tmp_path).err.splitlines()[-1].startswith(told)


def test_a_method_that_is_absent_can_be_asked_for_politely(tmp_path: Path) -> None:
    assert run(f"{FLOW}print(hasattr(daily, 'serve'), hasattr(fetch, 'submit'))", tmp_path).out == "False True\n"
