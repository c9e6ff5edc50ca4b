"""Which public modules and names Prefect has, and how they are spelled here. The facts are read when one is missing."""

import functools
import json
import pkgutil
from typing import Any

import headrace

__all__ = [
    "absent_module",
    "absent_name",
    "is_private",
    "own_name",
    "own_spelling",
    "prefect_api",
    "prefect_name",
    "prefect_version",
]

# Packages of ours whose names are not Prefect's to use, though they have no underscore.
_OURS = frozenset({"cli", "compat", "journal", "server"})
_SPELLINGS = (("PREFECT_", "HEADRACE_"), ("Prefect", "Headrace"), ("prefect_", "headrace_"))
_WHERE = "docs/compatibility.md lists what is"


@functools.cache
def prefect_api() -> dict[str, Any]:
    """`{"version": ..., "modules": {module: {name: fact}}}`, as `python -m tests.compat.reference` wrote it."""
    return json.loads(pkgutil.get_data("headrace.compat", "prefect_api.json") or b"")


def prefect_version() -> str:
    """The version of Prefect whose public names these are."""
    return prefect_api()["version"]


def own_name(module: str) -> str:
    """`headrace.states` for `prefect.states`."""
    return "headrace" + module.removeprefix("prefect")


def prefect_name(module: str) -> str:
    """`prefect.states` for `headrace.states`."""
    return "prefect" + module.removeprefix("headrace")


def own_spelling(name: str) -> str:
    """`HeadraceException` for `PrefectException`, `HEADRACE_HOME` for `PREFECT_HOME`; else the name itself."""
    for theirs, ours in _SPELLINGS:
        name = name.replace(theirs, ours)
    return name


def is_private(module: str) -> bool:
    """Whether a module, by its name in Prefect, is none of its public ones, whatever Headrace has there."""
    parts = module.split(".")[1:]
    return any(part.startswith("_") and part != "__main__" for part in parts) or not _OURS.isdisjoint(parts[:1])


def absent_module(module: str) -> str:
    """What is said of a module of Prefect that is not there."""
    if module in prefect_api()["modules"]:
        return f"{module} is not in Headrace {headrace.__version__} yet; {_WHERE}."
    return f"There is no {module}: it is none of the public modules of Prefect {prefect_version()}; {_WHERE}."


def absent_name(module: str, name: str) -> str:
    """What is said of a name that a module, by its name in Prefect, does not have."""
    if f"{module}.{name}" in prefect_api()["modules"]:
        return absent_module(f"{module}.{name}")
    if name in prefect_api()["modules"].get(module, {}):
        return f"{module}.{name} is not in Headrace {headrace.__version__} yet; {_WHERE}."
    return f"{module} has no {name!r}: it is none of the public names of Prefect {prefect_version()}; {_WHERE}."
