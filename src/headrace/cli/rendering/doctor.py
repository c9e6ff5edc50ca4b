"""What the doctor found: a line for each check, and the settings with what says so."""

from collections.abc import Sequence
from typing import Any

import click
import msgspec

from headrace._kernel.urls import without_password
from headrace.cli.checks import Check, Status
from headrace.cli.rendering.counts import counted
from headrace.cli.rendering.screen import Cell, print_table, say, wrapped
from headrace.settings import SettingOrigin

__all__ = ["doctor_json", "print_checks", "print_settings"]

_COLOURS: dict[Status, str] = {"ok": "green", "warn": "yellow", "fail": "red"}


def print_checks(checks: Sequence[Check]) -> None:
    """Writes the checks, each with what to do where it is not ok, and the sum."""
    width = max(len(check.name) for check in checks)
    for check in checks:
        status = click.style(check.status.ljust(4), fg=_COLOURS[check.status])
        say(f"{status}  {check.name.ljust(width)}  {wrapped(check.finding, indent=width + 8).lstrip()}")
        if check.advice is not None:
            say(wrapped(check.advice, indent=width + 8))
    failed = sum(check.status == "fail" for check in checks)
    warned = sum(check.status == "warn" for check in checks)
    say()
    if failed or warned:
        told = [counted(number, noun) for number, noun in ((failed, "failure"), (warned, "warning")) if number]
        say(f"{' and '.join(told)}: see above what to do.", bold=True)
    else:
        say("All is well.", bold=True)


def print_settings(origins: Sequence[SettingOrigin], *, shows_all: bool) -> None:
    """Writes the settings that somebody has set, or all, with their values and what says so."""
    shown = [origin for origin in origins if shows_all or origin.set_by is not None]
    if shown:
        say()
        _print_table(shown)
    if len(shown) < len(origins):
        others = counted(len(origins) - len(shown), "other setting" if shown else "setting")
        have = "has its default" if others.startswith("1 ") else "have their defaults"
        say(f"\n{others} {have}: headrace doctor --all shows them.", dim=True)


def _print_table(origins: Sequence[SettingOrigin]) -> None:
    print_table(
        ("Setting", "Value", "Set by"),
        [
            (origin.variable, _shown(origin.value), Cell(origin.set_by or "default", None if origin.set_by else "dim"))
            for origin in origins
        ],
        whole=("Setting", "Set by"),
    )


def doctor_json(checks: Sequence[Check], origins: Sequence[SettingOrigin]) -> dict[str, Any]:
    """The same for programs."""
    return {
        "checks": [msgspec.to_builtins(check) for check in checks],
        "settings": [
            {"variable": origin.variable, "value": _plain(origin.value), "set_by": origin.set_by} for origin in origins
        ],
    }


def _plain(value: object) -> object:
    if isinstance(value, str):
        return without_password(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _shown(value: object) -> str:
    plain = _plain(value)
    if isinstance(plain, bool):
        return str(plain).lower()
    return "" if plain is None else str(plain)
