"""`headrace profile`: named sets of settings, one of which is in use."""

import click

from headrace.cli.completion import profile_names
from headrace.cli.control_plane import where_runs_go
from headrace.cli.failures import Misunderstood
from headrace.cli.options import output_option
from headrace.cli.rendering.screen import print_json, say
from headrace.settings import (
    HEADRACE_API_URL,
    Profile,
    ProfilesCollection,
    get_current_settings,
    load_profile,
    load_profiles,
    save_profiles,
)
from headrace.settings.profiles import load_current_profile, profile_in_use

__all__ = ["create", "delete", "inspect", "ls", "populate_defaults", "rename", "use"]


@click.command()
@output_option
def ls(output: str | None) -> None:
    """List the profiles; a star marks the one in use."""
    names, used = sorted(load_profiles().names), profile_in_use()
    if output == "json":
        print_json([{"name": name, "active": name == used} for name in names])
        return
    width = max(map(len, names))
    for name in names:
        goes_to = where_runs_go(_api_url(load_profile(name)))
        say(f"{'*' if name == used else ' '} {name.ljust(width)}  {goes_to}", bold=name == used)


def _api_url(profile: Profile) -> str | None:
    return next((str(value) for setting, value in profile.settings.items() if setting == HEADRACE_API_URL), None)


@click.command()
@click.argument("name")
@click.option("--from", "from_name", metavar="PROFILE", help="Copy the settings of this profile.")
def create(name: str, from_name: str | None) -> None:
    """Create a profile."""
    profiles = load_profiles(include_defaults=False)
    if name in profiles.names:
        raise Misunderstood(f"There is a profile {name!r} already: headrace profile inspect {name} shows it.")
    settings = load_profile(from_name).settings if from_name is not None else {}
    profiles.update_profile(name, settings)
    save_profiles(profiles)
    say(f"Created the profile {name!r}. headrace profile use {name} makes it the one in use.")


@click.command()
@click.argument("name", shell_complete=profile_names)
def use(name: str) -> None:
    """Make a profile the one in use."""
    load_profile(name)
    profiles = load_profiles(include_defaults=False)
    profiles.set_active(name, check=False)
    save_profiles(profiles)
    say(f"The profile {name!r} is the active one now.")
    if (used := profile_in_use()) != name:
        say(f"Here, HEADRACE_PROFILE says that {used!r} is in use all the same: unset it.", fg="yellow")


@click.command()
@click.argument("name", required=False, shell_complete=profile_names)
@output_option
def inspect(name: str | None, output: str | None) -> None:
    """Show the settings of a profile, of the one in use by default."""
    profile = load_profile(name) if name is not None else load_current_profile()
    variables = profile.to_environment_variables()
    if output == "json":
        print_json(variables)
        return
    for variable, text in variables.items():
        say(f"{variable}={text!r}")
    if not variables:
        say(f"The profile {profile.name!r} sets nothing.")


@click.command()
@click.argument("name", shell_complete=profile_names)
@click.argument("new_name")
def rename(name: str, new_name: str) -> None:
    """Rename a profile."""
    profiles = _with(name)
    if new_name in profiles.names:
        raise Misunderstood(f"There is a profile {new_name!r} already.")
    profile = profiles[name]
    profiles.remove_profile(name)
    profiles.add_profile(Profile(new_name, dict(profile.settings), profile.source))
    if profiles.active_name == name:
        profiles.set_active(new_name)
    save_profiles(profiles)
    say(f"Renamed the profile {name!r} to {new_name!r}.")


@click.command()
@click.argument("name", shell_complete=profile_names)
def delete(name: str) -> None:
    """Delete a profile that is not in use."""
    profiles = _with(name)
    if name == profile_in_use():
        raise Misunderstood(f"The profile {name!r} is in use: headrace profile use takes another one first.")
    profiles.remove_profile(name)
    save_profiles(profiles)
    say(f"Deleted the profile {name!r}.")


@click.command("populate-defaults")
def populate_defaults() -> None:
    """Write the profiles that come with Headrace into the file, to be changed there."""
    profiles, path = load_profiles(), get_current_settings().profiles_path
    added = [name for name, profile in profiles.items() if profile.source is None]
    for name in added:
        profiles.update_profile(name, {}, path)
    save_profiles(profiles)
    say(f"Wrote {', '.join(added)} into {path}." if added else f"{path} has all of them already.")


def _with(name: str) -> ProfilesCollection:
    """The profiles of the file, which has one of that name."""
    profiles = load_profiles(include_defaults=False)
    if name not in profiles.names:
        load_profile(name)  # or raises what there is instead
        raise Misunderstood(f"The profile {name!r} comes with Headrace and cannot be changed.")
    return profiles
