"""The alias: a finder, first among the interpreter's, that answers for `prefect` and all below it.

A module has one object under both names, else `isinstance`, monkeypatching and registries would split in two. So the
loader makes no module: it gives that of Headrace, and puts back the spec that the import system writes over.
"""

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import CodeType, ModuleType
from typing import Any

from headrace.compat._answers import answer_to_prefect
from headrace.compat._reference import absent_module, is_private, own_name

__all__ = ["find_prefect", "install"]


class AliasLoader(Loader):
    """Loads a module of Headrace under the name that it has in Prefect."""

    def __init__(self, own: ModuleSpec) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself, imported now if it was not yet."""
        module = import_module(self._own.name)
        if module.__spec__ is not None:
            self._own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Keeps the module as it is: what it holds was executed under its own name."""
        module.__spec__ = self._own
        answer_to_prefect(module)

    def get_code(self, fullname: str) -> CodeType | None:
        """The code of the module, for `python -m prefect`."""
        loader: Any = self._own.loader
        return loader.get_code(self._own.name)


class AliasFinder:
    """Finds `prefect` and its public modules in Headrace; never lets another finder answer for them."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for names of Prefect; an ImportError, saying so, for those that are absent."""
        if fullname != "prefect" and not fullname.startswith("prefect."):
            return None
        # The path finder, asked next, would load our own modules a second time, since `prefect.__path__` is ours.
        own = None if is_private(fullname) else find_spec(own_name(fullname))
        if own is None:
            raise ModuleNotFoundError(absent_module(fullname), name=fullname)
        is_package = own.submodule_search_locations is not None
        return ModuleSpec(fullname, AliasLoader(own), origin=own.origin, is_package=is_package)


_FINDER = AliasFinder()


def install() -> None:
    """From now on, `import prefect` and the import of each of its public modules gives Headrace, in this process.

    A second call changes nothing. A Prefect that is installed as well is not found any more.

    Raises:
        ImportError: the real Prefect is imported already. It is left as it is.
    """
    if _FINDER in sys.meta_path:
        return
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "prefect" and getattr(module, "__name__", name).partition(".")[0] == "prefect":
            raise ImportError(
                f"{name} is imported already, from {getattr(module, '__file__', None) or 'an unknown place'}: call "
                "headrace.compat.install() before anything imports prefect, or run the script by "
                "python -m headrace.compat.",
                name=name,
            )
    sys.meta_path.insert(0, _FINDER)
    for name in ("", ".flow_runs", ".task_runs"):
        # Code that takes a logger by its name, to give it a level or a handler, means the one that runs write to.
        logging.root.manager.loggerDict.setdefault(f"prefect{name}", logging.getLogger(f"headrace{name}"))


def find_prefect() -> ModuleSpec | None:
    """The spec of `prefect` for the file that `headrace compat enable` writes, with the alias installed."""
    install()
    return _FINDER.find_spec("prefect")
