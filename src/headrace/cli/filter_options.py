"""The options that choose among runs, for all commands that list them."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from headrace._wire.states import StateType

__all__ = ["run_filters"]

Command = TypeVar("Command", bound=Callable[..., Any])

_TYPES = tuple(kind.value for kind in StateType)
_OPTIONS = (
    click.option(
        "--flow-name", "flow_names", multiple=True, metavar="NAME", help="Only runs of this flow; repeatable."
    ),
    click.option("--state", "states", multiple=True, metavar="NAME", help="Only runs in this state; repeatable."),
    click.option(
        "--state-type",
        "state_types",
        multiple=True,
        type=click.Choice(_TYPES, case_sensitive=False),
        metavar="TYPE",
        help=f"Only runs in a state of this type ({', '.join(_TYPES)}); repeatable.",
    ),
    click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only runs with this tag; repeated: with all."),
    click.option("--since", metavar="TIME", help="Only runs that started since: 30m, 2h, 7d, or a date."),
    click.option("--until", metavar="TIME", help="Only runs that started until: 30m, 2h, 7d (ago), or a date."),
)


def run_filters(command: Command) -> Command:
    """Gives a command these options; their parameters are those of `filtering.Asked`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
