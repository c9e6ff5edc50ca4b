"""What a module answers once it was imported by its name in Prefect, beyond what it has.

Names that are spelled otherwise here (`PrefectException`), submodules that Prefect loads with the package, and, of
what is absent, that it is. All of it comes after the module's own names and its own `__getattr__`.
"""

import dis
import sys
from importlib import import_module
from types import FrameType, ModuleType
from typing import NamedTuple

from headrace.compat._reference import absent_name, is_name_of, own_spelling, prefect_api, prefect_name, prefect_version

__all__ = ["AnswersToPrefect", "PackageOfPrefect", "answer_to_prefect", "refuse"]


def refuse(name: str, asker: FrameType) -> None:
    """Raises, for a name that Prefect's package has and ours has not, what says so and what to do.

    It is an ImportError to an import statement that says headrace, and else an AttributeError.
    """
    if not is_name_of("prefect", name):
        return
    asked = asked_at(asker)
    told = absent_name("headrace", name)
    if asked.is_import and asked.name == "headrace":
        raise ImportError(told, name="headrace")
    raise AttributeError(f"module 'headrace' has no attribute {name!r} ({told})")


def answer_to_prefect(module: ModuleType) -> None:
    """Lets `module` answer, from now on, for Prefect's names too."""
    if type(module) is ModuleType:
        module.__class__ = PackageOfPrefect if module.__name__ == "headrace" else AnswersToPrefect


class AnswersToPrefect(ModuleType):
    """A module of Headrace that was imported by its name in Prefect."""

    def __reduce__(self) -> tuple[object, ...]:
        """Goes by that name to other processes: functions of a script have modules among their globals."""
        return import_module, (prefect_name(self.__name__),)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        spelling = own_spelling(name)
        if spelling != name and hasattr(self, spelling):
            return getattr(self, spelling)
        theirs = prefect_name(self.__name__)
        submodule = f"{theirs}.{name}"
        # Prefect loads most of its modules with the package; here each comes when it is asked for.
        if submodule in prefect_api()["modules"]:
            try:
                return import_module(submodule)
            except ModuleNotFoundError as error:
                if error.name != submodule:
                    raise
        asked = asked_at(_caller())
        # Only an import statement can be told why; getattr with a default, and hasattr, live by AttributeError.
        if asked.is_import and (asked.name or "").partition(".")[0] == "prefect":
            raise ImportError(absent_name(theirs, name), name=theirs)
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} ({absent_name(theirs, name)})")


class PackageOfPrefect(AnswersToPrefect):
    """The package itself, which has two versions: its own, and that of the Prefect whose names it has."""

    @property
    def __version__(self) -> str:
        # Code for Prefect compares versions to learn which API it has before it; who says headrace means Headrace's.
        asked = asked_at(_caller()).name or ""
        return vars(self)["__version__"] if asked.partition(".")[0] == "headrace" else prefect_version()


def _caller() -> FrameType:
    """The frame that asks a module: the one behind the method that answers it."""
    return sys._getframe(2)  # pyright: ignore[reportPrivateUsage]: the documented way to it


class Asked(NamedTuple):
    """How a statement asks a module for a name."""

    is_import: bool
    name: str | None  # by which it calls the module; None where that cannot be told


def asked_at(frame: FrameType) -> Asked:
    """How the statement at which `frame` stands asks: `from NAME import ...`, or `NAME.attribute`."""
    imported = loaded = None
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset == frame.f_lasti:
            is_import = instruction.opname == "IMPORT_FROM"
            return Asked(is_import, imported if is_import else loaded)
        if instruction.opname == "IMPORT_NAME":
            imported = instruction.argval
        loaded = instruction.argval if instruction.opname.startswith("LOAD_") else None
        loaded = loaded if isinstance(loaded, str) else None
    return Asked(False, None)
