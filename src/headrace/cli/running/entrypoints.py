"""Entry points: `FILE[:flow]` or `MODULE[:flow]`, imported, and the flow that is meant."""

import os
import sys
from functools import reduce
from importlib import import_module
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import msgspec

from headrace.cli.failures import Misunderstood
from headrace.flows import Flow

__all__ = ["Entrypoint", "ImportFailed", "chosen_flow", "imported", "parse_entrypoint"]


class ImportFailed(Exception):
    """The file or module raised while it was imported; the error is this one's cause."""


class Entrypoint(msgspec.Struct, frozen=True):
    """What is to be imported, a file or a module by its name, and the flow that is named in it."""

    source: Path | str
    flow: str | None


def parse_entrypoint(text: str) -> Entrypoint:
    """What `FILE[:flow]`, `MODULE[:flow]` or `MODULE.flow` names; Misunderstood where there is no such file or module.

    What looks like a path, or is one, is a file.
    """
    if not Path(text).is_file() and not text.partition(":")[0].endswith(".py") and os.sep not in text:
        found = _module_entrypoint(text)
        if found is not None:
            return found
    return Entrypoint(*_split_file(text))


def imported(entrypoint: Entrypoint) -> ModuleType:
    """The module of an entry point; ImportFailed where its code raises, or ends the process."""
    if isinstance(entrypoint.source, Path):
        return _import_file(entrypoint.source)
    try:
        return import_module(entrypoint.source)
    except (Exception, SystemExit) as error:
        raise ImportFailed(entrypoint.source) from error


def _module_entrypoint(text: str) -> Entrypoint | None:
    """The module that a dotted name is, or begins with; None where there is none of its first part, either."""
    name, _, flow = text.partition(":")
    if not all(part.isidentifier() for part in name.split(".")):
        return None
    if not sys.flags.safe_path:  # as `python -m` does it: modules of this folder are found
        sys.path[0] = os.getcwd()
    if _is_module(name):
        return Entrypoint(name, flow or None)
    owner, _, attribute = name.rpartition(".")
    if not flow and owner and _is_module(owner):
        return Entrypoint(owner, attribute)
    return None


def _is_module(name: str) -> bool:
    try:
        spec = find_spec(name)
    except Exception as error:
        if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
            return False
        raise ImportFailed(name) from error  # a package above it raised while it was imported
    return spec is not None and spec.origin is not None  # without an origin it is a mere folder


def _split_file(text: str) -> tuple[Path, str | None]:
    """The file, and the flow that is named behind a colon."""
    path, flow = Path(text), None
    if not path.exists() and ":" in text:
        before, _, flow = text.rpartition(":")
        path = Path(before)
    if path.is_dir():
        raise Misunderstood(f"{path} is a folder: name a file of Python in it.")
    if not path.exists():
        what = "file" if path.suffix == ".py" or os.sep in text else "file or module"
        raise Misunderstood(f"There is no {what} {path} in {Path.cwd()}.")
    return path, flow or None


def _import_file(path: Path) -> ModuleType:
    """Imports a file as Python imports a module beside the program: not as `__main__`, its folder first on the path."""
    path = path.resolve()
    if not sys.flags.safe_path:  # else the first entry is not the program's folder
        del sys.path[0]
    sys.path.insert(0, str(path.parent))
    sys.argv = [str(path)]
    name = _module_name(path)
    loader = SourceFileLoader(name, str(path))
    spec = spec_from_file_location(name, path, loader=loader)
    if spec is None:
        raise Misunderstood(f"{path} cannot be imported as a module of Python.")
    module = module_from_spec(spec)
    # Under its name, so that what it defines can be pickled and found again by other processes.
    sys.modules[name] = module
    try:
        code = loader.get_code(name)
        exec(code or "", vars(module))  # noqa: S102 - as the import system does, without its frames in a traceback
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ImportFailed(str(path)) from error
    return module


def _module_name(path: Path) -> str:
    """The file's name; with underscores around it where it would hide a module that is in use."""
    stem = path.stem
    return f"__{stem}__" if stem in sys.modules or stem in sys.stdlib_module_names else stem


def chosen_flow(module: ModuleType, entrypoint: Entrypoint) -> Flow[..., Any]:
    """The flow that is named (by its variable's name, or its own), or else the only one that the module holds."""
    found, shown = _flows(module), str(entrypoint.source)
    if entrypoint.flow is not None:
        return _named(module, found, entrypoint.flow, shown)
    if not found:
        raise Misunderstood(f"{shown} holds no flow: decorate a function with @flow (from headrace import flow).")
    if len(found) > 1:
        raise Misunderstood(
            f"{shown} holds {len(found)} flows ({', '.join(found)}): name the one to run, as in "
            f"headrace run {shown}:{next(iter(found))}"
        )
    return next(iter(found.values()))


def _flows(module: ModuleType) -> dict[str, Flow[..., Any]]:
    """The flows of a module by variable: those that it defines, or, where it defines none, those that it imports."""
    by_variable: dict[str, Flow[..., Any]] = {}
    seen: set[int] = set()
    for variable, value in vars(module).items():
        flow = _as_flow(value)
        if flow is not None and id(flow) not in seen:
            seen.add(id(flow))
            by_variable[variable] = flow
    own = {
        variable: flow
        for variable, flow in by_variable.items()
        if getattr(flow.fn, "__module__", None) == module.__name__
    }
    return own or by_variable


def _named(module: ModuleType, found: dict[str, Flow[..., Any]], name: str, shown: str) -> Flow[..., Any]:
    value: Any = reduce(lambda owner, part: getattr(owner, part, None), name.split("."), module)
    meant = _as_flow(value)
    if meant is not None:
        return meant
    for flow in found.values():
        if flow.name == name:
            return flow
    if value is not None:
        raise Misunderstood(f"{name} in {shown} is no flow: decorate the function with @flow.")
    others = f"it holds {', '.join(found)}" if found else "it holds none"
    raise Misunderstood(f"{shown} has no flow {name}: {others}.")


def _as_flow(value: object) -> Flow[..., Any] | None:
    return cast("Flow[..., Any]", value) if isinstance(value, Flow) else None
