"""`headrace completion`: the scripts, and what a shell completes with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

# As bash does when the tabulator is pressed behind the last word.
PRESS_TAB = """
eval "$(headrace completion bash)"
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_headrace_completion headrace; printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(terminal: Terminal, words: str) -> list[str]:
    """What bash offers for the last of the words."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", PRESS_TAB.format(words=words)],
        env=terminal.environment_of_process(PATH=path), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("headrace fl", ["flow", "flow-run"]),
        ("headrace flow-run w", ["watch"]),
        ("headrace flow-run ls --st", ["--state", "--state-type"]),
        ("headrace flow ls -o j", ["json"]),
        ("headrace profile use lo", ["local"]),
        ("headrace config set HEADRACE_STORE", ["HEADRACE_STORE_LOG_RETENTION_DAYS"]),
        ("headrace completion f", ["fish"]),
    ],
)
def test_bash_completes_commands_options_and_names(terminal: Terminal, words: str, offered: list[str]) -> None:
    assert completed(terminal, words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_script(terminal: Terminal, shell: str) -> None:
    printed = terminal.ask("completion", shell)
    assert printed.code == 0
    assert "_HEADRACE_COMPLETE" in printed.out
