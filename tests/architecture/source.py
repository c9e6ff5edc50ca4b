"""The package's source as the architecture tests read it: every module once, with its text and its syntax tree."""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["PACKAGE", "ROOT", "Module", "functions", "modules", "python_files", "within"]

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "headrace"


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """The dotted name, as an import spells it; for files outside of the package, the path from the root."""
        if not self.path.is_relative_to(PACKAGE.parent):
            return str(self.path.relative_to(ROOT))
        parts = self.path.relative_to(PACKAGE.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def at(self, node: ast.AST) -> str:
        """Where `node` stands, as an editor opens it."""
        return f"{self.path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


@functools.cache
def modules() -> tuple[Module, ...]:
    """Every module of the package."""
    return tuple(_read(path) for path in sorted(PACKAGE.rglob("*.py")))


@functools.cache
def python_files() -> tuple[Module, ...]:
    """Every file of Python in the repository: the package, its tests, benchmarks and examples."""
    folders = [ROOT / "tests", ROOT / "benchmarks", ROOT / "examples"]
    return modules() + tuple(_read(path) for folder in folders for path in sorted(folder.rglob("*.py")))


def within(module: Module, *packages: str) -> bool:
    """Whether the module is one of these, or lies below one; names are given without the leading `headrace.`."""
    return any(f"{module.name}.".startswith(f"headrace.{package}.") for package in packages)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _read(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text, filename=str(path)))
