"""What the pages tell a reader to type does what they say: every block is run, page by page, in an empty home."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.docs.blocks import Block, Shown, blocks_of, commands_of, printed_by

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUN = [page for page in PAGES if blocks_of(page)]
LANGUAGES = {"python", "console", "text", "toml", "yaml"}
MOST_EXCUSES = 5


class Reader:
    """Somebody with an empty home folder, who types what a page shows."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.code = 0
        self._shown = Shown()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")}
        self._environment = {
            **kept,
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "TERM": "dumb",
            "COLUMNS": "120",
        }

    def write(self, block: Block) -> None:
        """Makes the file of a block with a title."""
        (self.home / block.title).write_text(block.text, encoding="utf-8")

    def run_script(self, block: Block, printed: str | None) -> None:
        """Runs a Python block; it ends well and prints what the page says."""
        done = self._run([sys.executable, "-c", block.text], stderr=subprocess.PIPE)
        assert done.returncode == 0, f"line {block.line}:\n{done.stderr}"
        if printed is not None:
            assert done.stdout == printed, f"line {block.line}"

    def type(self, block: Block) -> None:
        """Types the commands of a block one by one; each ends and prints as the page says."""
        for command, shown in commands_of(block):
            asks_for_code = command == "echo $?"
            assert asks_for_code or self.code == 0, f"line {block.line}: before {command!r} a command failed"
            typed = f"(exit {self.code}); {self._shown.in_words_of_this_run(command)}"
            done = self._run(["bash", "-c", typed], stderr=subprocess.STDOUT)
            self.code = done.returncode if done.returncode >= 0 else 128 - done.returncode  # as a shell tells a signal
            came = done.stdout.replace(str(self.home), "/home/ada")
            if shown and not self._shown.agrees(shown, came):
                pytest.fail(f"line {block.line}: $ {command}\nthe page shows:\n{shown}\n\nwhat came:\n{came}")

    def _run(self, command: list[str], stderr: int) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.home,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.mark.parametrize("page", RUN, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_shows_is_what_comes(page: Path, tmp_path: Path) -> None:
    home = tmp_path / "ada"
    home.mkdir()
    reader, blocks = Reader(home), blocks_of(page)
    for block in blocks:
        if not block.is_run:
            continue
        if block.title:
            reader.write(block)
        elif block.language == "python":
            reader.run_script(block, printed_by(block, blocks))
        elif block.language == "console":
            reader.type(block)
    assert reader.code == 0, "the last command failed"


def test_every_block_says_what_it_is() -> None:
    unknown = [
        f"{page.relative_to(ROOT)}:{block.line}: {block.language or 'no language'}"
        for page in RUN
        for block in blocks_of(page)
        if block.language not in LANGUAGES
    ]
    assert unknown == []


def test_few_blocks_are_excused() -> None:
    excused = [f"{page.name}:{block.line}" for page in RUN for block in blocks_of(page) if not block.is_run]
    assert len(excused) <= MOST_EXCUSES, excused
