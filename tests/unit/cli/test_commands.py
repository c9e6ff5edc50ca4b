"""The table of commands agrees with the commands: names resolve, and summaries are what the commands say."""

from importlib import import_module

import click
import pytest

from headrace.cli.commands import ALIASES, COMMANDS, GROUPS, root


def command(words: str) -> click.Command:
    """The command that these words call."""
    *_, reference, _ = next(entry for entry in COMMANDS if entry[0] == words)
    module, _, attribute = reference.partition(":")
    return getattr(import_module(module), attribute)


@pytest.mark.parametrize("words", [entry[0] for entry in COMMANDS])
def test_a_command_goes_by_the_name_and_the_summary_of_the_table(words: str) -> None:
    summary = next(entry[2] for entry in COMMANDS if entry[0] == words)
    found = command(words)
    assert found.name == words.rpartition(" ")[2]
    assert (found.help or "").splitlines()[0] == summary


def test_every_group_has_commands_and_every_alias_a_group() -> None:
    assert {words.rpartition(" ")[0] for words, *_ in COMMANDS if " " in words} == set(GROUPS)
    assert set(ALIASES.values()) <= set(GROUPS)
    assert not set(ALIASES) & set(GROUPS)


def test_aliases_are_not_in_the_help() -> None:
    shown = root.get_help(click.Context(root))
    assert "flow-run " in shown
    assert "flow-runs" not in shown


@pytest.mark.parametrize("words", [entry[0] for entry in COMMANDS])
def test_every_option_says_what_it_does(words: str) -> None:
    options = [each for each in command(words).params if isinstance(each, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("words", [entry[0] for entry in COMMANDS if entry[0].endswith((" ls", " inspect", " logs"))])
def test_every_command_that_prints_data_prints_it_as_json_too(words: str) -> None:
    assert any("--output" in option.opts and "-o" in option.opts for option in command(words).params)
