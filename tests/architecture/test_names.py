"""Names: modules are called by what they hold, say it in their first line, and list what is theirs to give."""

import ast
import re

from tests.architecture.source import Module, modules

# Names under which anything may gather.
EMPTY_NAMES = {"utils", "util", "utilities", "helpers", "common", "misc", "base", "manager", "models"}


def listed_names(module: Module) -> list[str] | None:
    """The literal `__all__` of a module; None where there is none."""
    for node in module.tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return ast.literal_eval(node.value)  # type: ignore[union-attr]
    return None


def bound_names(module: Module) -> set[str]:
    """What the top level of a module binds, conditional blocks included."""
    names: set[str] = set()
    pending: list[ast.stmt] = list(module.tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            for part in ("body", "orelse", "finalbody"):
                pending += getattr(node, part, [])
            pending += [inner for handler in getattr(node, "handlers", []) for inner in handler.body]
        else:
            names |= {
                child.id for child in ast.walk(node) if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
            }
    return names


def test_a_module_is_named_by_what_it_holds() -> None:
    named = {module.name: {part.strip("_") for part in module.name.split(".")} for module in modules()}
    # Prefect's own paths, for code that imports from them; each module in there is named by what it holds.
    named = {name: parts - {"utilities"} for name, parts in named.items()}
    assert [name for name, parts in named.items() if parts & EMPTY_NAMES] == []


def test_a_module_says_in_its_first_line_what_it_holds() -> None:
    assert [module.at(module.tree) for module in modules() if not module.text.startswith(('"""', 'r"""'))] == []


def test_a_module_lists_what_it_gives() -> None:
    # A file that holds a docstring alone gives nothing.
    unlisted = [module.name for module in modules() if listed_names(module) is None and len(module.tree.body) > 1]
    assert unlisted == [], "write a literal __all__"


def test_what_a_module_lists_is_there() -> None:
    missing: list[str] = []
    for module in modules():
        bound = bound_names(module)
        # A module with __getattr__ gives names that are imported when they are asked for.
        if "__getattr__" not in bound:
            missing += [f"{module.name}.{name}" for name in listed_names(module) or [] if name not in bound]
    assert missing == []


def test_private_names_of_a_module_are_imported_by_no_other() -> None:
    private = re.compile(r"_(?!_)")
    names = {module.name for module in modules()}
    borrowed = [
        f"{module.at(node)} takes {alias.name} from {node.module}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("headrace.")
        for alias in node.names
        # A private module taken from its package is a module, not a name of one.
        if private.match(alias.name) and f"{node.module}.{alias.name}" not in names
    ]
    assert borrowed == []
