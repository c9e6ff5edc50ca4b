"""Profiles: named sets of settings in one file, one of which is in use."""

import json
import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from headrace.exceptions import ConfigurationError, MissingProfileError, ProfileSettingsValidationError
from headrace.settings._definitions import written
from headrace.settings._objects import Setting, setting_named
from headrace.settings._reading import active_profile, definition_of, parsed, profiles_path, using_profile
from headrace.settings._sources import BUILT_IN_PROFILES, Found, read_profiles

__all__ = [
    "Profile",
    "ProfilesCollection",
    "load_current_profile",
    "load_profile",
    "load_profiles",
    "profile_in_use",
    "save_profiles",
    "update_current_profile",
    "use_profile",
]


class Profile:
    """A named set of settings; keys may be Setting objects or the names of variables. `source` is its file."""

    def __init__(self, name: str, settings: dict[Any, Any] | None = None, source: Path | None = None) -> None:
        self.name = name
        self.settings: dict[Setting, Any] = {_setting(key): value for key, value in (settings or {}).items()}
        self.source = source

    def to_environment_variables(self) -> dict[str, str]:
        """The variables that say the same."""
        return {setting.name: written(value) for setting, value in self.settings.items() if value is not None}

    def validate_settings(self) -> None:
        """Raises ProfileSettingsValidationError with each value that cannot be used."""
        errors: list[tuple[Setting, ConfigurationError]] = []
        for setting, value in self.settings.items():
            if not setting.is_known:
                continue
            try:
                parsed(definition_of(setting), Found(value, f"{setting.name} in profile {self.name!r}"))
            except ConfigurationError as error:
                errors.append((setting, error))
        if errors:
            raise ProfileSettingsValidationError(errors)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Profile) and (self.name, self.settings) == (other.name, other.settings)

    __hash__ = None  # type: ignore[assignment]  # its settings may change

    def __repr__(self) -> str:
        return f"Profile(name={self.name!r}, settings={self.settings!r})"


class ProfilesCollection:
    """Profiles by their names, and which of them is active."""

    def __init__(self, profiles: Iterable[Profile], active: str | None = None) -> None:
        self.profiles_by_name = {profile.name: profile for profile in profiles}
        self.active_name = active

    @property
    def names(self) -> set[str]:
        """The names of all."""
        return set(self.profiles_by_name)

    @property
    def active_profile(self) -> Profile | None:
        """The active one; None where none is."""
        return self.profiles_by_name[self.active_name] if self.active_name is not None else None

    def set_active(self, name: str | None, check: bool = True) -> None:
        """Makes a profile the active one; ValueError where there is none of that name, unless `check` is False."""
        if check and name is not None and name not in self.profiles_by_name:
            raise ValueError(f"There is no profile {name!r}: there are {', '.join(sorted(self.names))}.")
        self.active_name = name

    def update_profile(self, name: str, settings: dict[Any, Any], source: Path | None = None) -> Profile:
        """Adds to a profile's settings, those that are None removed; the profile is made where there is none."""
        existing = self.profiles_by_name.get(name)
        merged = {
            **(existing.settings if existing else {}),
            **{_setting(key): value for key, value in settings.items()},
        }
        kept = {setting: value for setting, value in merged.items() if value is not None}
        profile = Profile(name, kept, source or (existing.source if existing else None))
        self.profiles_by_name[name] = profile
        return profile

    def add_profile(self, profile: Profile) -> None:
        """Adds a profile; ValueError where there is one of that name."""
        if profile.name in self.profiles_by_name:
            raise ValueError(f"There is a profile {profile.name!r} already.")
        self.profiles_by_name[profile.name] = profile

    def remove_profile(self, name: str) -> None:
        """Removes a profile; KeyError where there is none of that name."""
        del self.profiles_by_name[name]

    def without_profile_source(self, path: Path | None) -> "ProfilesCollection":
        """The same without the profiles of one file; None: without those that come with Headrace."""
        return ProfilesCollection(
            [profile for profile in self.profiles_by_name.values() if profile.source != path], self.active_name
        )

    def to_dict(self) -> dict[str, Any]:
        """What the file of profiles says."""
        return {
            "active": self.active_name,
            "profiles": {name: profile.to_environment_variables() for name, profile in self.items()},
        }

    def items(self) -> list[tuple[str, Profile]]:
        """Names and profiles."""
        return list(self.profiles_by_name.items())

    def __getitem__(self, name: str) -> Profile:
        return self.profiles_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.profiles_by_name)

    def __len__(self) -> int:
        return len(self.profiles_by_name)


def load_profiles(include_defaults: bool = True) -> ProfilesCollection:
    """The profiles of the file, and those that come with Headrace where the file has none of their name."""
    path = profiles_path()
    active, written = read_profiles(path)
    profiles = {name: Profile(name, values, path) for name, values in written.items()}
    if include_defaults:
        profiles = {name: Profile(name, values) for name, values in BUILT_IN_PROFILES.items()} | profiles
    return ProfilesCollection(profiles.values(), active or ("ephemeral" if include_defaults else None))


def save_profiles(profiles: ProfilesCollection) -> None:
    """Writes the file of profiles anew, in one step; those that came with Headrace, unchanged, are not written."""
    path = profiles_path()
    lines = [f"active = {json.dumps(profiles.active_name)}"] if profiles.active_name is not None else []
    for name, profile in profiles.items():
        if profile.source is None and profile == Profile(name, BUILT_IN_PROFILES.get(name, {"": None}) or {}):
            continue
        key = name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)
        values = profile.to_environment_variables()
        lines += ["", f"[profiles.{key}]", *(f"{variable} = {json.dumps(text)}" for variable, text in values.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.touch(mode=0o600)  # a profile may hold keys
    beside.write_text("\n".join(lines).lstrip("\n") + "\n", encoding="utf-8")
    beside.replace(path)


def load_profile(name: str) -> Profile:
    """A profile by its name; MissingProfileError, a ValueError, where there is none."""
    profiles = load_profiles()
    if name not in profiles.names:
        raise MissingProfileError(f"There is no profile {name!r}: there are {', '.join(sorted(profiles.names))}.")
    return profiles[name]


def load_current_profile() -> Profile:
    """The profile in use, by `use_profile`, HEADRACE_PROFILE, or the file."""
    name, variables = active_profile()
    return Profile(name, variables, profiles_path())


def profile_in_use() -> str:
    """The name of the profile in use; MissingProfileError where the one that is named is not there."""
    return active_profile()[0]


def update_current_profile(settings: dict[Any, Any]) -> Profile:
    """Adds to the settings of the profile in use, and saves it; a value that cannot be used is refused before."""
    current = load_current_profile()
    profiles = load_profiles()
    profile = profiles.update_profile(current.name, {**current.settings, **_settings(settings)}, profiles_path())
    profile.validate_settings()
    save_profiles(profiles)
    return profile


@contextmanager
def use_profile(
    profile: Profile | str, override_environment_variables: bool = False, include_current_context: bool = True
) -> Generator[Profile]:
    """Uses another profile for what is inside; the environment stays stronger than it, unless told otherwise."""
    used = load_profile(profile) if isinstance(profile, str) else profile
    variables: dict[str, Any] = dict(used.to_environment_variables())
    with using_profile(used.name, variables, override_environment_variables, include_current_context):
        yield used


def _settings(settings: dict[Any, Any]) -> dict[Setting, Any]:
    return {_setting(key): value for key, value in settings.items()}


def _setting(key: Any) -> Setting:
    """A Setting object, by itself or by its variable's name; a name that we do not know is kept as it is."""
    return key if isinstance(key, Setting) else setting_named(str(key))
