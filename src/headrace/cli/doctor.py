"""`headrace doctor`: looks at home, store, journals and settings, and says what to do."""

import os
import platform
import sys
from collections.abc import Iterator

import click

from headrace.cli.checks import (
    Check,
    check_api,
    check_disk,
    check_file_system,
    check_headrace,
    check_home,
    check_journals,
    check_leftovers,
    check_names,
    check_profile,
    check_python,
    check_store,
)
from headrace.cli.journals import listed
from headrace.cli.options import output_option
from headrace.cli.rendering.doctor import doctor_json, print_checks, print_settings
from headrace.cli.rendering.screen import print_json
from headrace.client.orchestration import get_client
from headrace.exceptions import HeadraceException
from headrace.settings import SettingOrigin, Settings, get_current_settings, settings_in_effect
from headrace.settings._definitions import VARIABLES
from headrace.settings.profiles import profile_in_use

__all__ = ["checks", "doctor"]


@click.command()
@click.option("--all", "shows_all", is_flag=True, help="Show the settings that have their defaults, too.")
@output_option
def doctor(shows_all: bool, output: str | None) -> None:
    """Check home, store, journals and settings.

    Each check is ok, warn or fail, with what to do. The exit code is 1 where one fails. Nothing is changed, but that
    a database of an earlier Headrace is brought up to date, as by any command.
    """
    origins, found = _look()
    if output == "json":
        print_json(doctor_json(found, origins))
    else:
        print_checks(found)
        print_settings(origins, shows_all=shows_all)
    sys.exit(any(check.status == "fail" for check in found))


def _look() -> tuple[tuple[SettingOrigin, ...], list[Check]]:
    python = check_python(sys.version_info[:2], f"{platform.python_implementation()} {platform.python_version()}")
    versions = [check_headrace(), python]
    try:
        origins = settings_in_effect()
    except HeadraceException as error:
        advice = "Correct it, or unset it: its default is good for most."
        return (), [*versions, Check("settings", "fail", str(error), advice)]
    names, settings = check_names(os.environ, sorted(VARIABLES)), get_current_settings()
    return origins, [*versions, names, check_profile(profile_in_use(), settings.api.url), *checks(settings)]


def checks(settings: Settings) -> Iterator[Check]:
    """The checks of what the settings name, one after the other."""
    home = check_home(settings.home)
    yield home
    if home.status != "ok":
        return
    yield check_file_system(settings.home)
    yield check_disk(settings.home)
    if settings.api.url is None:
        store = check_store(settings)
        yield from store
        if (left := check_leftovers(settings)) is not None:
            yield left
        if store[0].status == "fail":
            return
    else:
        with get_client(sync_client=True) as client:
            yield check_api(settings.api.url, client)
    yield check_journals(listed(settings))
