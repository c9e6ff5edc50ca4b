"""`headrace completion`: what lets a shell complete commands, options and names."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from headrace.settings import load_profiles
from headrace.settings._definitions import DEFINITIONS

__all__ = ["VARIABLE", "completion", "profile_names", "settable_variables"]

VARIABLE = "_HEADRACE_COMPLETE"
"""What the script asks the command by, each time that a word is to be completed."""


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that lets a shell complete commands.

    For bash, add to ~/.bashrc: eval "$(headrace completion bash)"; for zsh, to ~/.zshrc: eval "$(headrace completion
    zsh)"; for fish: headrace completion fish > ~/.config/fish/completions/headrace.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None, "click completes in these shells"
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "headrace", VARIABLE).source())


def profile_names(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The profiles whose names begin so."""
    return [CompletionItem(name) for name in sorted(load_profiles().names) if name.startswith(typed)]


def settable_variables(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The variables of settings that begin so, where a profile may have them."""
    names = (each.variable for each in DEFINITIONS if each.in_profiles)
    return [CompletionItem(name) for name in sorted(names) if name.startswith(typed.upper())]
