"""`headrace compat`: whether the programs of an environment find Headrace where they import prefect."""

import sys
from collections.abc import Generator
from contextlib import contextmanager

import click
import msgspec

from headrace.cli.options import output_option
from headrace.cli.rendering.screen import print_json, say
from headrace.compat import _environment as environment
from headrace.compat._environment import VARIABLE, EnvironmentAlias

__all__ = ["disable", "enable", "status"]


@click.command()
def enable() -> None:
    """Let programs of this environment find Headrace as prefect.

    One small file is written into the environment's site-packages; it costs nothing until prefect is imported.
    Programs that these start are included. HEADRACE_COMPAT=0 switches it off for a program; headrace compat disable
    removes the file.
    """
    before = environment.environment_alias()
    if not before.is_read:
        raise click.ClickException(
            f"{sys.executable} reads no .pth files in {before.file.parent}, so nothing was written. Use a virtual "
            "environment, or run one script by python -m headrace.compat."
        )
    with _written(before):
        after = environment.enable()
    say(f"{'Already on' if before.is_current else 'On'}: import prefect gives Headrace, by {after.file}.")
    _tell_what_differs(after)


@click.command()
def disable() -> None:
    """Undo what headrace compat enable did."""
    before = environment.environment_alias()
    with _written(before):
        environment.disable()
    say(f"Off: {before.file} is removed." if before.is_written else "Already off: no file was there.")


@click.command()
@output_option
def status(output: str | None) -> None:
    """Say whether programs here find Headrace as prefect, and why."""
    alias = environment.environment_alias()
    if output == "json":
        print_json({"is_on": alias.is_on, **msgspec.structs.asdict(alias), "file": str(alias.file)})
        return
    say(_state(alias))
    _tell_what_differs(alias)


def _state(alias: EnvironmentAlias) -> str:
    if not alias.is_written:
        return f"Off: there is no {alias.file}. headrace compat enable writes it."
    if not alias.is_read:
        return f"Off: {alias.file} is there, but {sys.executable} reads no .pth files in that folder."
    if alias.switched_off:
        return f"Off here: {VARIABLE}=0 is set. Without it, import prefect gives Headrace, by {alias.file}."
    return f"On: import prefect gives Headrace, by {alias.file}."


def _tell_what_differs(alias: EnvironmentAlias) -> None:
    if alias.is_written and not alias.is_current:
        say("The file is of another version of Headrace: headrace compat enable writes it anew.")
    if alias.real_prefect is not None:
        hidden = "and is hidden" if alias.is_on else "and is what import prefect gives"
        say(f"Prefect {alias.real_prefect} is installed in this environment, {hidden}.")


@contextmanager
def _written(alias: EnvironmentAlias) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            f"{alias.file.parent} cannot be written ({error.strerror}), so nothing was changed. Use a virtual "
            "environment of your own, or run one script by python -m headrace.compat."
        ) from error
