"""The towers hold: levels, cycles, lazy imports of our own, and which foreign packages a part may know."""

import ast
import functools
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
from importlinter.api import read_configuration

from tests.architecture.source import PACKAGE, ROOT, functions, modules, within

# A foreign package that only some parts may import, and those parts. Where a package is missing here, any part may.
HOMES_OF_FOREIGN_PACKAGES = {
    "click": ("cli",),
    "httptools": ("server",),
    "httpx": ("client",),
    "psycopg": ("server.store",),
    "pytest": ("compat.pytest_plugin", "testing"),
    "rich": ("cli", "logging.highlighters", "logging._progress_bars"),
    "sqlalchemy": ("server.store",),
    "sqlite3": ("server.store",),
    "starlette": ("server",),
    "uvicorn": ("server",),
    "yaml": ("logging._file",),
}
# L0 and the stream's own modules are what every script pays for: the standard library and msgspec.
PLAIN = ("_kernel", "_records", "_stream", "exceptions", "journal")


@functools.cache
def import_graph() -> grimp.ImportGraph:
    return grimp.build_graph("headrace", cache_dir=None)


def imported_names(tree: ast.AST) -> list[tuple[ast.Import | ast.ImportFrom, str]]:
    found: list[tuple[ast.Import | ast.ImportFrom, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node, node.module))
    return found


def test_every_contract_of_the_towers_is_kept() -> None:
    assert read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    # In a process of its own: it configures logging, which switches off every logger that is there already.
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", ROOT / "pyproject.toml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_folder_with_modules_is_a_package_that_the_contracts_see() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [str(folder.relative_to(ROOT)) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = import_graph()
    circles: list[str] = []
    for name in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(name)):
            back = graph.find_shortest_chain(importer=imported, imported=name)
            if back is not None:
                circles.append(" -> ".join([name, *back]))
    assert circles == []


def test_only_front_doors_import_the_package_as_users_do() -> None:
    doors = ("cli", "testing", "compat", "integrations", "__main__", "runner", "workers", "task_worker")
    names = import_graph().find_modules_that_directly_import("headrace")
    by_name = {module.name: module for module in modules()}
    assert sorted(name for name in names if not within(by_name[name], *doors)) == []


def test_own_modules_are_imported_at_the_top_or_through_late() -> None:
    inner = [
        f"{module.at(node)} imports {name}"
        for module in modules()
        for function in functions(module.tree)
        for node, name in imported_names(function)
        if name.partition(".")[0] == "headrace"
    ]
    assert inner == [], "import it at the top of the module, or, where that points up, through _kernel/late.py"


def test_foreign_packages_stay_in_their_homes() -> None:
    strayed = [
        f"{module.at(node)} imports {name}"
        for module in modules()
        for node, name in imported_names(module.tree)
        for foreign in [name.partition(".")[0]]
        if foreign in HOMES_OF_FOREIGN_PACKAGES and not within(module, *HOMES_OF_FOREIGN_PACKAGES[foreign])
    ]
    assert strayed == []


def test_kernel_records_and_journal_need_the_standard_library_and_msgspec_alone() -> None:
    known = sys.stdlib_module_names | {"headrace", "msgspec"}
    strayed = [
        f"{module.at(node)} imports {name}"
        for module in modules()
        if within(module, *PLAIN)
        for node, name in imported_names(module.tree)
        if name.partition(".")[0] not in known
    ]
    assert strayed == []


def test_every_foreign_package_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["postgres"], *extras["validation"]]
    # What a declared package brings along and shows in its own interface, or is imported by another name.
    brought = {
        "pydantic_core": "pydantic",
        "typing_extensions": "pydantic",
        "yaml": "pyyaml",
    }
    # A plug-in is loaded by pytest itself.
    known = sys.stdlib_module_names | {"headrace", "pytest"}
    undeclared = {
        f"{module.at(node)} imports {name}"
        for module in modules()
        for node, name in imported_names(module.tree)
        for foreign in [name.partition(".")[0]]
        if foreign not in known and not any(line.startswith(brought.get(foreign, foreign)) for line in declared)
    }
    assert sorted(undeclared) == []
