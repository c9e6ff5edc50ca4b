"""Entry points: `FILE[:flow]`, the file imported as a module, and the flow that is meant."""

import sys
from functools import reduce
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from headrace.cli.failures import Misunderstood
from headrace.flows import Flow

__all__ = ["FileFailed", "chosen_flow", "import_file", "split_entrypoint"]


class FileFailed(Exception):
    """The file raised while it was imported; the error is this one's cause."""


def split_entrypoint(text: str) -> tuple[Path, str | None]:
    """The file, and the flow that is named behind a colon; Misunderstood where there is no such file."""
    path, flow = Path(text), None
    if not path.exists() and ":" in text:
        before, _, flow = text.rpartition(":")
        path = Path(before)
    if path.is_dir():
        raise Misunderstood(f"{path} is a folder: name a file of Python in it.")
    if not path.exists():
        raise Misunderstood(f"There is no file {path} in {Path.cwd()}.")
    return path, flow or None


def import_file(path: Path) -> ModuleType:
    """Imports a file as Python imports a module beside the program: not as `__main__`, its folder first on the path.

    FileFailed where its code raises, or ends the process.
    """
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
        raise FileFailed(str(path)) from error
    return module


def _module_name(path: Path) -> str:
    """The file's name; with underscores around it where it would hide a module that is in use."""
    stem = path.stem
    return f"__{stem}__" if stem in sys.modules or stem in sys.stdlib_module_names else stem


def chosen_flow(module: ModuleType, name: str | None, shown_file: str) -> Flow[..., Any]:
    """The flow called `name` (its variable's name, or the flow's own), or else the only one that the file holds."""
    found = _flows(module)
    if name is not None:
        return _named(module, found, name, shown_file)
    if not found:
        raise Misunderstood(f"{shown_file} holds no flow: decorate a function with @flow (from headrace import flow).")
    if len(found) > 1:
        raise Misunderstood(
            f"{shown_file} holds {len(found)} flows ({', '.join(found)}): name the one to run, as in "
            f"headrace run {shown_file}:{next(iter(found))}"
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


def _named(module: ModuleType, found: dict[str, Flow[..., Any]], name: str, shown_file: str) -> Flow[..., Any]:
    value: Any = reduce(lambda owner, part: getattr(owner, part, None), name.split("."), module)
    meant = _as_flow(value)
    if meant is not None:
        return meant
    for flow in found.values():
        if flow.name == name:
            return flow
    if value is not None:
        raise Misunderstood(f"{name} in {shown_file} is no flow: decorate the function with @flow.")
    others = f"it holds {', '.join(found)}" if found else "it holds none"
    raise Misunderstood(f"{shown_file} has no flow {name}: {others}.")


def _as_flow(value: object) -> Flow[..., Any] | None:
    return cast("Flow[..., Any]", value) if isinstance(value, Flow) else None
