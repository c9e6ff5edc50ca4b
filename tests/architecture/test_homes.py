"""What may be done in one place only: reading a clock or sleeping, and speaking SQL."""

import ast
import re

import pytest

from tests.architecture.source import Module, modules, within

# gmtime and localtime turn a given time into fields, which anybody may.
CLOCK_NAMES = {
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "perf_counter_ns",
        "process_time",
        "sleep",
    },
    "asyncio": {"sleep"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}
SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|SELECT\s+\w+\(|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s"
    r"|CREATE\s+(TEMP\s+|TEMPORARY\s+|UNIQUE\s+)?(TABLE|INDEX|TRIGGER|VIEW)\s|ALTER\s+TABLE\s|DROP\s+TABLE\s"
    r"|PRAGMA\s+\w+|BEGIN\s+IMMEDIATE)",
    re.IGNORECASE | re.DOTALL,
)


def clock_uses(module: Module) -> list[str]:
    """Where a module takes the time, or sleeps, past the clock."""
    found: list[str] = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module in CLOCK_NAMES:
            found += [f"{module.at(node)} {a.name}" for a in node.names if a.name in CLOCK_NAMES[node.module]]
        elif isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if node.attr in CLOCK_NAMES.get(name.lstrip("_"), set()):
                found.append(f"{module.at(node)} {name}.{node.attr}")
    return found


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings."""
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, owners)]
    return {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}


def statements_of_sql(module: Module) -> list[str]:
    """Where a literal begins like a statement of SQL."""
    told = docstrings(module.tree)
    return [
        f"{module.at(node)} {node.value.strip()[:40]!r}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
        if SQL.match(node.value)
    ]


def test_only_the_clock_reads_the_time_or_sleeps() -> None:
    uses = [use for module in modules() if not within(module, "_kernel.clock") for use in clock_uses(module)]
    assert uses == [], "ask headrace._kernel.clock"


def test_only_the_store_speaks_sql() -> None:
    spoken = [said for module in modules() if not within(module, "server.store") for said in statements_of_sql(module)]
    assert spoken == [], "give the statement a name in server/store"


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("import time\ntime.sleep(1)", True),
        ("from time import monotonic", True),
        ("import datetime\ndatetime.datetime.now()", True),
        ("import asyncio\nasyncio.sleep(1)", True),
        ("from headrace._kernel import clock\nclock.sleep(1)\nclock.now()", False),
    ],
)
def test_the_scan_sees_the_time_being_read(source: str, seen: bool) -> None:
    module = modules()[0]
    assert bool(clock_uses(Module(module.path, source, ast.parse(source)))) is seen


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('x = "SELECT id FROM flows"', True),
        ('x = f"""\n  INSERT INTO {table} VALUES (?)"""', True),
        ('x = "PRAGMA data_version"', True),
        ('"""SELECT id FROM flows is told here."""', False),
        ('x = "Select a store, or create one"', False),
    ],
)
def test_the_scan_sees_sql(source: str, seen: bool) -> None:
    module = modules()[0]
    assert bool(statements_of_sql(Module(module.path, source, ast.parse(source)))) is seen
