"""Importing by text: names, objects, scripts, and modules that are loaded when they are first needed."""

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from headrace.exceptions import ScriptError

__all__ = [
    "DelayedImportErrorModule",
    "from_qualified_name",
    "import_object",
    "lazy_import",
    "load_module",
    "load_script_as_module",
    "to_qualified_name",
]


class DelayedImportErrorModule(ModuleType):
    """Stands for a module that cannot be imported, and says so when something of it is needed."""

    def __init__(self, error_message: str, help_message: str | None = None) -> None:
        super().__init__("DelayedImportErrorModule")
        self.__error_message = "\n".join(filter(None, [error_message, help_message]))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python's own questions, as of pickle and inspect.
            raise AttributeError(name)
        raise ModuleNotFoundError(self.__error_message)


def to_qualified_name(obj: Any) -> str:
    """The module and name of a class or function, as in "collections.OrderedDict"."""
    return f"{obj.__module__}.{obj.__qualname__}"


def from_qualified_name(name: str) -> Any:
    """The module, or what a module has, of such a name.

    Raises ModuleNotFoundError or AttributeError where there is none.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        module, _, attribute = name.rpartition(".")
        if not module:
            raise
        return getattr(importlib.import_module(module), attribute)


def import_object(import_path: str) -> Any:
    """An object by "module:name", "module.name" or "path/to/script.py:name".

    Raises ValueError where the text is none of these, else what importing raises, ScriptError for a script.
    """
    place, _, name = import_path.rpartition(":")
    if not place:
        place, _, name = import_path.rpartition(".")
    if not place:
        raise ValueError(f"{import_path!r} is no object's path: write module:name, module.name or script.py:name.")
    module = load_script_as_module(place) if place.endswith(".py") else load_module(place)
    return getattr(module, name)


def load_module(module_name: str) -> ModuleType:
    """A module, which may lie in the working folder."""
    sys.path.insert(0, "")
    try:
        return importlib.import_module(module_name)
    finally:
        sys.path.remove("")


def load_script_as_module(path: str) -> ModuleType:
    """A file run as a module named as it is; what lies beside it can be imported meanwhile.

    Raises ScriptError, with the script's own error, where it cannot be run.
    """
    folder, name = str(Path(path).resolve().parent), Path(path).stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ScriptError(ImportError(f"{path!r} is no Python file"), path)
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    sys.path.insert(0, folder)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        _restore(name, before)
        raise ScriptError(error, path) from error
    finally:
        sys.path.remove(folder)
    return module


def lazy_import(name: str, error_on_import: bool = False, help_message: str | None = None) -> ModuleType:
    """A module that is loaded when something of it is first needed.

    Where there is no such module, that raises ModuleNotFoundError then, or now with `error_on_import`; `help_message`
    says what to do.
    """
    if name in sys.modules:
        return sys.modules[name]
    if (spec := _spec(name)) is None or spec.loader is None:
        said = f"No module named {name!r}."
        if error_on_import:
            raise ModuleNotFoundError("\n".join(filter(None, [said, help_message])))
        return DelayedImportErrorModule(said, help_message)
    spec.loader = loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def _spec(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError:  # The package that it would lie in.
        return None


def _restore(name: str, before: ModuleType | None) -> None:
    if before is None:
        sys.modules.pop(name, None)
    else:
        sys.modules[name] = before
