"""The code blocks of a page, and what is done with each; the page shows it to its readers as well.

    ```python title="first.py"    a file of the folder that the page works in; so is any block with a title
    ```python                     a script that is run as it stands; a `text` block right behind it is what it prints
    ```console                    commands behind `$ `, each with what it prints below; `...` stands for lines left out
    ```text                       a drawing
    <!-- not run: why -->         on the line before a block that no test can run

A command below which nothing stands may print what it likes. One that fails is followed by `$ echo $?`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from headrace._kernel import names

__all__ = ["Block", "Shown", "blocks_of", "commands_of", "printed_by"]

_FENCE = re.compile(r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
_EXCUSE = re.compile(r"<!-- not run: .+ -->\n$")


@dataclass(frozen=True)
class Block:
    """A fenced block. `line` is where it begins, `follows` whether nothing stands between it and the block before."""

    line: int
    language: str
    title: str
    text: str
    is_run: bool
    follows: bool


def blocks_of(page: Path) -> list[Block]:
    """All blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found, end = list[Block](), 0
    for fence in _FENCE.finditer(text):
        before, end = text[end : fence.start()], fence.end()
        line = text.count("\n", 0, fence.start()) + 1
        is_run = _EXCUSE.search(text[: fence.start()]) is None
        found.append(Block(line, fence[1], fence[2] or "", fence[3], is_run, follows=not before.strip()))
    assert len(re.findall("```", text)) == 2 * len(found), f"{page}: a block that is no fence at the edge of the page"
    return found


def printed_by(script: Block, blocks: list[Block]) -> str | None:
    """What the page says that an untitled Python block prints; None where it says nothing."""
    return next((b.text for a, b in pairwise(blocks) if a is script and b.language == "text" and b.follows), None)


def commands_of(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block, with what is shown below it."""
    nothing, *typed = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    assert nothing == "", f"line {block.line}: output without a command"
    for each in typed:
        command, _, output = each.partition("\n")
        yield command, output.strip("\n")


_WORDS = ["|".join(words) for words in (names._ADJECTIVES, names._ANIMALS)]
# What differs from run to run. Of the first two it matters which one it is: a page names runs that it has shown.
_KINDS = {
    "id": r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    "run": rf"\b(?:{_WORDS[0]})-(?:{_WORDS[1]})\b",
    "hash": r"\b[0-9a-f]{32}\b",
    "suffix": r"(?<=\w-)[0-9a-f]{3}\b",
    "time": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{3})?|\b\d\d:\d\d:\d\d\.\d{3}",
    "ago": r"just now|\b\d+ (?:s|min) ago",
    "took": r"\b\d+(?:\.\d+)? (?:us|ms|s|min)\b|\b\d+\.\d+s\b",
    "process": r"process \d+ on \S+",
    "records": r"(?<=: )\d+ records? stored, ",  # those that no thread had carried over before the kill
    "port": r"(?<=127\.0\.0\.1:)\d+",
    "gap": r" +$| {2,}",
    "left_out": r"^\.\.\.$",
}
_CHANGING = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()), re.MULTILINE)
_MATCHES = {**_KINDS, "gap": " *", "records": rf"(?:{_KINDS['records']})?", "left_out": r"(?:.*\n)*?.*"}


class Shown:
    """What a page has shown so far, and the names and ids that stood in their place."""

    def __init__(self) -> None:
        self._came: dict[str, str] = {}

    def in_words_of_this_run(self, command: str) -> str:
        """A command of the page, with the names of these runs."""
        for shown, came in self._came.items():
            command = command.replace(shown, came)
        return command

    def agrees(self, shown: str, came: str) -> bool:
        """Whether what came is what the page shows, but for what differs from run to run; notes names and ids."""
        groups: dict[str, str] = {}
        pattern, end = "", 0
        for found in _CHANGING.finditer(shown):
            pattern += re.escape(shown[end : found.start()]) + self._pattern(found, groups)
            end = found.end()
        match = re.fullmatch(pattern + re.escape(shown[end:]), came.strip("\n"), re.MULTILINE)
        if match is not None:
            self._came |= {shown: match[group] for shown, group in groups.items()}
        return match is not None

    def _pattern(self, found: re.Match[str], groups: dict[str, str]) -> str:
        kind, text = str(found.lastgroup), found[0]
        if kind not in ("id", "run"):
            return f"(?:{_MATCHES[kind]})"
        if text in self._came:
            return re.escape(self._came[text])
        if text in groups:
            return f"(?P={groups[text]})"
        groups[text] = f"name{len(groups)}"
        return f"(?P<{groups[text]}>{_KINDS[kind]})"
