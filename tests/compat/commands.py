"""Compares the command line with Prefect's: which commands and options are here.

    python -m tests.compat.commands cli.json

writes down which commands Prefect has, and with which options, from what was found by looking into its command line:
`{"peer": ..., "commands": {"prefect flow ls": {"params": [{"names": [...], "required": ...}]}}}`. Names are facts;
nothing else is taken.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import click

from headrace.cli.commands import COMMANDS

__all__ = ["Command", "capability_of", "commands", "section"]

FACTS = Path(__file__).with_name("prefect_commands.json")
# Second names of Prefect's groups, which are no commands more.
PLURALS = {
    "assets", "automations", "blocks", "concurrency-limits", "deployments", "events", "flow-runs", "flows", "gcl",
    "ip-allowlists", "profiles", "task-runs", "types", "webhooks", "work-pools", "work-queues", "workspaces",
}  # fmt: skip


@dataclass(frozen=True)
class Command:
    """One command of Prefect, and what has become of it."""

    words: str
    verdict: Literal["same", "different", "absent"]
    told: str = ""  # how it differs; the capability that it comes with


def commands(comes_with: dict[str, str]) -> list[Command]:
    """Every command of Prefect."""
    return [_judged(words, options, comes_with) for words, options in _prefect_commands().items()]


def section(comes_with: dict[str, str]) -> Iterator[str]:
    """The lines about commands on the page on compatibility."""
    judged = commands(comes_with)
    present = [each for each in judged if each.verdict != "absent"]
    yield "## The command line"
    yield ""
    yield (
        f"Of {len(judged)} commands of `prefect` {len(present)} are commands of `headrace`, of the same name and with "
        "the same options where nothing else is said. Groups answer to their plural, too. What Prefect knows by its id "
        "alone is found here by an unambiguous beginning of it and by its name as well."
    )
    yield ""
    yield f"- **same**: {_listed(each.words for each in judged if each.verdict == 'same')}"
    for each in judged:
        if each.verdict == "different":
            yield f"- **different**: `{each.words}`: {each.told}"
    absent = [each for each in judged if each.verdict == "absent"]
    for capability in sorted({each.told for each in absent}):
        yield f"- **absent**, with {capability}: {_listed(each.words for each in absent if each.told == capability)}"
    own = [words for words, *_ in COMMANDS if words not in _prefect_commands()]
    yield f"- **only here**: {_listed(own)}"
    yield ""


def capability_of(words: str, comes_with: dict[str, str]) -> str:
    """What an absent command comes with, by its longest beginning that is known."""
    known = words
    while known not in comes_with:
        known = known.rpartition(" ")[0]
    return comes_with[known]


def _judged(words: str, options: list[list[str]], comes_with: dict[str, str]) -> Command:
    ours = _own_options(words)
    if ours is None:
        return Command(words, "absent", capability_of(words, comes_with))
    missing = [names[0] for names in options if not set(names) & ours]
    return Command(words, "different" if missing else "same", f"without {_listed(missing)}" if missing else "")


def _own_options(words: str) -> set[str] | None:
    """The options of our command of these words; None where there is none."""
    for own, reference, _ in COMMANDS:
        if own == words:
            module, _, attribute = reference.partition(":")
            command: click.Command = getattr(import_module(module), attribute)
            # Prefect gives what is not named by an option a name all the same.
            return {name for each in command.params for name in (*each.opts, f"--{each.name}")}
    return None


@cache
def _prefect_commands() -> dict[str, list[list[str]]]:
    return json.loads(FACTS.read_text(encoding="utf-8"))


def _listed(words: Any) -> str:
    return ", ".join(f"`{each}`" for each in words)


def facts(found: dict[str, Any]) -> dict[str, list[list[str]]]:
    """Command -> its options, each with its names. What must be given is an argument, and has no name of its own."""
    told: dict[str, list[list[str]]] = {}
    for line, fact in sorted(found["commands"].items()):
        words = line.removeprefix("prefect ")
        if PLURALS & set(words.split()):
            continue
        optional = [param["names"] for param in fact["params"] if not param["required"]]
        told[words] = [kept for names in optional if (kept := [name for name in names if _is_own(name, names)])]
    return told


def _is_own(name: str, names: list[str]) -> bool:
    """Whether a name is not merely the opposite of another."""
    return not name.startswith("--empty-") and f"--{name.removeprefix('--no-')}" not in set(names) - {name}


if __name__ == "__main__":
    told = facts(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    lines = [f"  {json.dumps(words)}: {json.dumps(options)}" for words, options in told.items()]
    FACTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"wrote {FACTS}")
