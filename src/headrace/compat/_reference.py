"""Which public modules and names Prefect has, and how they are spelled here. The facts are read when one is missing."""

import functools
import json
import pkgutil
from typing import Any

import headrace

__all__ = [
    "absent_method",
    "absent_module",
    "absent_name",
    "is_name_of",
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
# What to do until the package, or its flows and tasks, have these names.
_INSTEAD = {
    (
        "serve",
        "aserve",
        "deploy",
        "adeploy",
        "to_deployment",
        "ato_deployment",
    ): "start the flow with cron or a timer, as in: headrace run FILE:FLOW",
    ("pause_flow_run", "apause_flow_run", "suspend_flow_run", "asuspend_flow_run"): "end the flow where it would wait",
    ("resume_flow_run", "aresume_flow_run"): "start another flow for what comes after the wait",
    ("delay", "apply_async", "Task.serve", "Task.aserve"): "submit the task in a flow, as in: task.submit(...)",
    ("Transaction",): "undo what was done in a hook (on_failure)",
}


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
    """`prefect.states` for `headrace.states`, and for itself."""
    return "prefect" + module.removeprefix("headrace") if module.startswith("headrace") else module


def own_spelling(name: str) -> str:
    """`HeadraceException` for `PrefectException`, `HEADRACE_HOME` for `PREFECT_HOME`; else the name itself."""
    for theirs, ours in _SPELLINGS:
        name = name.replace(theirs, ours)
    return name


def is_private(module: str) -> bool:
    """Whether a module, by its name in Prefect, is none of its public ones, whatever Headrace has there."""
    parts = module.split(".")[1:]
    return any(part.startswith("_") and part != "__main__" for part in parts) or not _OURS.isdisjoint(parts[:1])


def is_name_of(module: str, name: str) -> bool:
    """Whether a module of Prefect has this public name, or a submodule of it."""
    modules = prefect_api()["modules"]
    return name in modules.get(module, {}) or f"{module}.{name}" in modules


def absent_module(module: str) -> str:
    """What is said of a module that is not there, by its name in Prefect or by ours."""
    if prefect_name(module) in prefect_api()["modules"]:
        return f"{module} is not in Headrace {headrace.__version__} yet; {_WHERE}."
    return f"There is no {module}: it is none of the public modules of Prefect {prefect_version()}; {_WHERE}."


def absent_method(kind: str, name: str) -> str | None:
    """What is said of a method that a "flow" or a "task" does not have; None where it has none in Prefect, either."""
    modules = prefect_api()["modules"]
    if name not in modules[f"prefect.{kind}s"][kind.capitalize()]["methods"]:
        return None
    what = f"{kind.capitalize()}.{name}"
    return _not_yet(what, what if what in ("Task.serve", "Task.aserve") else name)


def absent_name(module: str, name: str) -> str:
    """The same of a name that a module does not have, with what to do until it has."""
    theirs = prefect_name(module)
    if f"{theirs}.{name}" in prefect_api()["modules"]:
        return absent_module(f"{module}.{name}")
    if not is_name_of(theirs, name):
        return f"{module} has no {name!r}: it is none of the public names of Prefect {prefect_version()}; {_WHERE}."
    return _not_yet(f"{module}.{name}", name if theirs == "prefect" else None)


def _not_yet(what: str, name: str | None) -> str:
    instead = next((instead for names, instead in _INSTEAD.items() if name in names), None)
    meanwhile = f"until then, {instead}. " if instead is not None else ""
    return f"{what} is not in Headrace {headrace.__version__} yet; {meanwhile}{_WHERE}."
