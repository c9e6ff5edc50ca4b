"""Questions to who types: asked on a terminal, never of a script."""

import sys

import click

__all__ = ["agreed", "can_ask"]


def can_ask() -> bool:
    """Whether somebody is there to answer, and wants to be asked."""
    wants = click.get_current_context().find_root().params.get("prompt")
    return sys.stdin.isatty() if wants is None else bool(wants)


def agreed(question: str, *, yes: bool) -> None:
    """Asks, unless the answer was given as `--yes` or nobody can be asked; ends the command where it is no."""
    if not yes and can_ask():
        click.confirm(question, abort=True)
