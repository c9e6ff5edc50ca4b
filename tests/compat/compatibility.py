"""Writes docs/compatibility.md: each public module, name and command of Prefect, and whether it is here.

    make compatibility

What is here, and how it differs in its signature, is found by looking; what only a person can know (differences that no
signature shows, and with which capability an absent name comes) stands in compatibility.toml.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from headrace.compat._reference import own_name, own_spelling, prefect_api
from tests.architecture.source import ROOT
from tests.compat.commands import section
from tests.compat.signatures import differences
from tests.peer.test_scripts import DIFFERENT

__all__ = ["PAGE", "Name", "names", "page"]

PAGE = ROOT / "docs" / "compatibility.md"
KNOWN = tomllib.loads(Path(__file__).with_name("compatibility.toml").read_text(encoding="utf-8"))
MISSING = object()


@dataclass(frozen=True)
class Name:
    """One public name of Prefect, and what has become of it."""

    module: str
    name: str
    verdict: Literal["same", "different", "absent"]
    told: str = ""  # how it differs; the capability that it comes with


def names() -> list[Name]:
    """Every public name, module by module."""
    return [
        _judged(module, name, fact)
        for module, listed in prefect_api()["modules"].items()
        for name, fact in listed.items()
    ]


def page(judged: list[Name]) -> str:
    """The page."""
    told = [*_top(judged), *_behaviour(), *section(KNOWN["commands_come_with"]), *_present(judged), *_absent(judged)]
    return "\n".join(told) + "\n"


def _judged(module: str, name: str, fact: dict[str, Any]) -> Name:
    own = _own_module(module)
    ours = MISSING if own is None else _taken(own, name)
    known = KNOWN["differs"].get(f"{module}.{name}")
    if ours is MISSING and (own is None or _taken(own, own_spelling(name)) is MISSING):
        return Name(module, name, "absent", _capability(module, name))
    if ours is MISSING:
        spelling = own_spelling(name)
        found = [f"is called `{spelling}`; the alias answers to both", *differences(fact, _taken(own, spelling))]
    else:
        found = differences(fact, ours)
    told = [*([known] if known else []), *found]
    return Name(module, name, "different" if told else "same", "; ".join(told))


def _own_module(module: str) -> ModuleType | None:
    """Our module; None where it, or a package above it, is absent."""
    parts = own_name(module).split(".")
    for end in range(1, len(parts) + 1):
        if find_spec(".".join(parts[:end])) is None:
            return None
    return import_module(".".join(parts))


def _taken(own: ModuleType | None, name: str) -> Any:
    """What `from module import name` gives."""
    thing = getattr(own, name, MISSING)
    if thing is MISSING and own is not None and hasattr(own, "__path__") and find_spec(f"{own.__name__}.{name}"):
        return import_module(f"{own.__name__}.{name}")
    return thing


def _capability(module: str, name: str) -> str:
    """What an absent name comes with, by the longest prefix that is known."""
    known: dict[str, str] = KNOWN["comes_with"]
    path = f"{module}.{name}"
    while path not in known:
        path = path.rpartition(".")[0]
    return known[path]


def _top(judged: list[Name]) -> Iterator[str]:
    version = prefect_api()["version"]
    modules = prefect_api()["modules"]
    present = [module for module in modules if _own_module(module) is not None]
    settings = {(m, n) for m, listed in modules.items() for n, fact in listed.items() if fact["kind"] == "setting"}
    yield f"# Compatibility with Prefect {version}"
    yield ""
    yield (
        f"Each public module and name of Prefect {version}, and what has become of it in Headrace: *same*; "
        "*different*, and how; or *absent*, and the capability that it comes with. A change of one import moves code "
        "over; `headrace.compat` runs it unchanged."
    )
    yield ""
    yield (
        "This page is written by `make compatibility`, and a test compares. Signatures are compared by the names, "
        "kinds and defaults of parameters, classes by their constructors, fields, members and methods. *Same* means "
        "that no difference is known."
    )
    yield ""
    yield "| | names | settings | together |"
    yield "|---|---:|---:|---:|"
    count = Counter((each.verdict, (each.module, each.name) in settings) for each in judged)
    for verdict in ("same", "different", "absent"):
        plain, of_settings = count[verdict, False], count[verdict, True]
        yield f"| {verdict} | {plain} | {of_settings} | {plain + of_settings} |"
    yield f"| **all** | {len(judged) - len(settings)} | {len(settings)} | {len(judged)} |"
    yield ""
    yield f"Of {len(modules)} modules {len(present)} are here, and {len(modules) - len(present)} are absent."
    yield ""


def _behaviour() -> Iterator[str]:
    yield "## What behaves differently"
    yield ""
    for told in [*KNOWN["behaviour"], *DIFFERENT.values()]:
        yield f"- {told[0].upper()}{told[1:].removesuffix('.')}."
    yield ""


def _present(judged: list[Name]) -> Iterator[str]:
    yield "## Modules that are here"
    yield ""
    for module in prefect_api()["modules"]:
        if _own_module(module) is None:
            continue
        here = [each for each in judged if each.module == module]
        yield f"### `{module}`"
        yield ""
        yield from _module(here) if here else ["No names of its own."]
        yield ""


def _module(here: list[Name]) -> Iterator[str]:
    by_verdict = {
        verdict: [each for each in here if each.verdict == verdict] for verdict in ("same", "different", "absent")
    }
    if by_verdict["same"]:
        yield f"- **same**: {_listed(by_verdict['same'])}"
    for each in by_verdict["different"]:
        yield f"- **different**: `{each.name}`: {each.told}"
    for capability in sorted({each.told for each in by_verdict["absent"]}):
        absent = [each for each in by_verdict["absent"] if each.told == capability]
        yield f"- **absent**, with {capability}: {_listed(absent)}"


def _absent(judged: list[Name]) -> Iterator[str]:
    yield "## Modules that are absent"
    yield ""
    yield "| module | comes with | names |"
    yield "|---|---|---|"
    for module in prefect_api()["modules"]:
        if _own_module(module) is None:
            here = [each for each in judged if each.module == module]
            yield f"| `{module}` | {_capability(module, '')} | {_listed(here)} |"


def _listed(these: list[Name]) -> str:
    return ", ".join(f"`{each.name}`" for each in these)


if __name__ == "__main__":
    PAGE.write_text(page(names()), encoding="utf-8")
    print(f"wrote {PAGE}")
