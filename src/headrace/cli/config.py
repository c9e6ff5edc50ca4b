"""`headrace config`: the settings in force, and those of the profile in use."""

from difflib import get_close_matches
from typing import Any

import click

from headrace._kernel.urls import without_password
from headrace.cli.asking import agreed
from headrace.cli.completion import settable_variables
from headrace.cli.failures import Misunderstood
from headrace.cli.options import output_option, yes_option
from headrace.cli.rendering.screen import print_json, say
from headrace.exceptions import ConfigurationError, ProfileSettingsValidationError
from headrace.settings import SettingOrigin, load_profiles, save_profiles, settings_in_effect, update_current_profile
from headrace.settings._definitions import BY_NAME, DEFINITIONS, MASK, SecretText, bare_name
from headrace.settings._objects import setting_named
from headrace.settings.profiles import load_current_profile, profile_in_use

__all__ = ["set_", "unset", "validate", "view"]


@click.command()
@click.option("--show-defaults/--hide-defaults", default=False, help="Show the settings that nobody has set, too.")
@click.option("--show-sources/--hide-sources", default=True, help="Say where each setting stands.")
@click.option("--show-secrets/--hide-secrets", default=False, help="Show passwords within URLs.")
@output_option
def view(show_defaults: bool, show_sources: bool, show_secrets: bool, output: str | None) -> None:
    """Show the settings in force."""
    profile = profile_in_use()
    origins = [origin for origin in settings_in_effect() if show_defaults or origin.set_by is not None]
    if output == "json":
        told = {origin.variable: _plain(origin.value, show_secrets) for origin in origins}
        sources = {"sources": {origin.variable: origin.set_by or "default" for origin in origins}}
        print_json({"profile": profile, "settings": told, **(sources if show_sources else {})})
        return
    say(f"HEADRACE_PROFILE={profile!r}", bold=True)
    for origin in origins:
        source = f" (from {origin.set_by or 'the defaults'})" if show_sources else ""
        say(f"{origin.variable}={_shown(origin, show_secrets)}{source}")


@click.command("set")
@click.argument("settings", nargs=-1, required=True, metavar="VAR=VALUE...", shell_complete=settable_variables)
def set_(settings: tuple[str, ...]) -> None:
    """Set settings in the profile in use."""
    given: dict[str, str] = {}
    for text in settings:
        variable, equals, value = text.partition("=")
        if not equals:
            raise Misunderstood(f"{text!r} is no setting with a value: give it as VAR=VALUE.")
        given[_known(variable)] = value
    try:
        profile = update_current_profile(given)
    except ProfileSettingsValidationError as error:
        raise Misunderstood(" ".join(str(each) for _, each in error.errors)) from error
    for variable, value in given.items():
        shown = MASK if BY_NAME[bare_name(variable) or ""].is_secret else repr(value)
        say(f"Set {variable} to {shown} in the profile {profile.name!r}.")
    by_variable = {origin.variable: origin.set_by for origin in settings_in_effect()}
    for variable in given:
        set_by = by_variable.get(BY_NAME[bare_name(variable) or ""].variable) or ""
        if "in profile" not in set_by:
            say(f"Here, {set_by} says otherwise, and is stronger than a profile.", fg="yellow")


@click.command()
@click.argument("variables", nargs=-1, required=True, metavar="VAR...", shell_complete=settable_variables)
@yes_option
def unset(variables: tuple[str, ...], yes: bool) -> None:
    """Remove settings from the profile in use."""
    profile = load_current_profile()
    settings = {setting_named(_known(variable)) for variable in variables}
    for setting in settings:
        if setting not in profile.settings:
            raise Misunderstood(f"{setting.name} is not set in the profile {profile.name!r}.")
    agreed(f"Remove {', '.join(variables)} from the profile {profile.name!r}?", yes=yes)
    profiles = load_profiles()
    profiles.update_profile(profile.name, dict.fromkeys(settings), profile.source)
    save_profiles(profiles)
    for setting in settings:
        say(f"Removed {setting.name} from the profile {profile.name!r}.")


@click.command()
def validate() -> None:
    """Check the settings in force, and those of the profile in use."""
    settings_in_effect()
    try:
        load_current_profile().validate_settings()
    except ProfileSettingsValidationError as error:
        raise ConfigurationError(" ".join(str(each) for _, each in error.errors)) from error
    say("Every setting can be used.")


def _known(variable: str) -> str:
    definition = BY_NAME.get(bare_name(variable) or "")
    if definition is None:
        close = get_close_matches(variable, [each.variable for each in DEFINITIONS], n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        raise Misunderstood(
            f"There is no setting {variable!r}: {meant}headrace config view --show-defaults lists those there are."
        )
    if not definition.in_profiles:
        raise Misunderstood(f"{variable} says where profiles are, and is set in the environment alone.")
    return variable


def _plain(value: Any, shows_secrets: bool) -> Any:
    if isinstance(value, SecretText) and shows_secrets:
        return value.get_secret_value()
    if isinstance(value, str):
        return value if shows_secrets else without_password(value)
    return value if value is None or type(value) in (bool, int, float, list) else str(value)


def _shown(origin: SettingOrigin, shows_secrets: bool) -> str:
    return repr(_plain(origin.value, shows_secrets))
