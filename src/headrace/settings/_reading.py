"""Reading the settings: the sources in their order, and what a bad value is answered with."""

import os
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import msgspec

from headrace.exceptions import ConfigurationError, MissingProfileError
from headrace.settings._definitions import BY_NAME, BY_PATH, DEFINITIONS, MASK, Definition, bare_name
from headrace.settings._sources import (
    BUILT_IN_PROFILES,
    Found,
    Source,
    of_files,
    of_variables,
    profile_name,
    read_profiles,
)
from headrace.settings._values import Settings, settings_of

__all__ = [
    "SettingOrigin",
    "active_profile",
    "definition_of",
    "get_current_settings",
    "outside",
    "parsed",
    "process_settings",
    "profiles_path",
    "settings_around",
    "settings_in_effect",
    "temporary_settings",
    "using_profile",
]


class SettingOrigin(msgspec.Struct, frozen=True):
    """One setting as it is in effect, and what says so."""

    variable: str  # by which it is set
    value: object
    set_by: str | None  # the variable that was found, with the file that it stands in; None: the default


class _Overrides(msgspec.Struct, frozen=True):
    """What `temporary_settings` and `use_profile` say, by path; it comes before, and after, all other sources."""

    updates: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    restored: frozenset[str] = frozenset()
    profile: tuple[str, dict[str, Any], bool] | None = None  # name, variables, whether it is above the environment
    settings: Settings | None = None  # what all of it comes to


_overrides: ContextVar[_Overrides] = ContextVar("headrace_settings", default=_Overrides())  # noqa: B039 - a frozen value


def get_current_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings as they are here and now; ConfigurationError names a variable with a bad value, and its source.

    The strongest first: `temporary_settings`, the environment, `.env`, `headrace.toml`, `prefect.toml` and
    `pyproject.toml` of the working directory, the profile in use. A given environment is the only source.
    """
    return settings_of({path: value for path, value, _ in _read(environment)})


def settings_around() -> Settings | None:
    """The settings of the `temporary_settings` or `use_profile` around; None where there is neither.

    Asking costs nothing, and so runs ask: outside of both, they go by what their process read at its first run.
    """
    return _overrides.get().settings


@contextmanager
def outside() -> Generator[None]:
    """Takes back, for what is inside, every `temporary_settings` and `use_profile` around."""
    token = _overrides.set(_Overrides())
    try:
        yield
    finally:
        _overrides.reset(token)


def process_settings() -> Settings:
    """The settings of this process, whatever `temporary_settings` or `use_profile` is around."""
    with outside():
        return get_current_settings()


def settings_in_effect(environment: Mapping[str, str] | None = None) -> tuple[SettingOrigin, ...]:
    """Every setting with where it comes from, in the order of their definition; raises as `get_current_settings`."""
    return tuple(SettingOrigin(BY_PATH[path].variable, value, set_by) for path, value, set_by in _read(environment))


@contextmanager
def temporary_settings(
    updates: Mapping[Any, Any] | None = None,
    set_defaults: Mapping[Any, Any] | None = None,
    restore_defaults: Iterable[Any] | None = None,
) -> Generator[Settings]:
    """Changes settings for what is inside, by Setting objects or by the names of their variables.

    `updates` are in force whatever else is set; None, like `restore_defaults`, gives a setting its default.
    `set_defaults` are in force where nothing else is set.

    Runs that begin inside go by them, and report to the home, API and database that they name; runs of such a run
    report where it does. The level, the colours and the handlers of logging are the process's: they stay as they are.
    """
    before = _overrides.get()
    given = [(definition_of(key), value) for key, value in (updates or {}).items()]
    restored = {definition_of(key).path for key in restore_defaults or ()}
    restored |= {definition.path for definition, value in given if value is None}
    fresh = {
        definition.path: parsed(definition, Found(value, f"temporary_settings({definition.variable})"))
        for definition, value in given
        if value is not None
    }
    defaults = {
        (definition := definition_of(key)).path: parsed(definition, Found(value, definition.variable))
        for key, value in (set_defaults or {}).items()
    }
    kept = {path: value for path, value in before.updates.items() if path not in restored}
    overrides = msgspec.structs.replace(
        before,
        updates={**kept, **fresh},
        defaults={**before.defaults, **defaults},
        restored=(before.restored | restored) - fresh.keys(),
    )
    with _overriding(overrides) as settings:
        yield settings


@contextmanager
def using_profile(name: str, variables: dict[str, Any], is_above_environment: bool, keeps: bool) -> Generator[None]:
    """A profile instead of the one in use; `keeps` says whether temporary settings around it stay in force."""
    before = _overrides.get() if keeps else _Overrides()
    with _overriding(msgspec.structs.replace(before, profile=(name, variables, is_above_environment))):
        yield


@contextmanager
def _overriding(overrides: _Overrides) -> Generator[Settings]:
    token = _overrides.set(overrides)
    try:
        settings = get_current_settings()
        _overrides.set(msgspec.structs.replace(overrides, settings=settings))
        yield settings
    finally:
        _overrides.reset(token)


def definition_of(key: Any) -> Definition:
    """The setting that a Setting object or a variable's name means; ValueError where there is none."""
    name = bare_name(str(getattr(key, "name", key)))
    definition = BY_NAME.get(name or "")
    if definition is None:
        raise ValueError(f"There is no setting {key!r}: `headrace config view --show-defaults` lists those there are.")
    return definition


def parsed(definition: Definition, found: Found) -> Any:
    """The value as the setting's type; ConfigurationError says where it stands and what is allowed."""
    try:
        return definition.parse(found.value)
    except ValueError as error:
        shown = MASK if definition.is_secret else repr(found.value)
        raise ConfigurationError(f"The setting {found.name} is {shown}, which cannot be used: {error}.") from error


def profiles_path() -> Path:
    """The file of profiles: HEADRACE_PROFILES_PATH, else `profiles.toml` in the home."""
    updates, find = _overrides.get().updates, of_variables(os.environ)
    if "profiles_path" in updates:
        return updates["profiles_path"]
    own = find(BY_PATH["profiles_path"])
    if own is not None:
        return parsed(BY_PATH["profiles_path"], own)
    return updates.get("home", _home(find)) / "profiles.toml"


def active_profile() -> tuple[str, dict[str, Any]]:
    """The name and the variables of the profile in use; MissingProfileError where the one that is named is not there.

    By `use_profile`, HEADRACE_PROFILE, the file's own `active`, in this order.
    """
    if (used := _overrides.get().profile) is not None:
        return used[0], used[1]
    path = profiles_path()
    active, profiles = read_profiles(path)
    named = profile_name(os.environ)
    name = named or active or "ephemeral"
    known = {**BUILT_IN_PROFILES, **profiles}
    if name not in known:
        told = "HEADRACE_PROFILE names" if named else f"{path} has as its active one"
        raise MissingProfileError(
            f"There is no profile {name!r}, which {told}: there are {', '.join(sorted(known))}. "
            f"`headrace profile create {name}` makes it."
        )
    return name, known[name]


def _home(find: Source) -> Path:
    found = find(BY_PATH["home"])
    return parsed(BY_PATH["home"], found) if found is not None else Path("~/.headrace").expanduser()


def _read(given: Mapping[str, str] | None) -> Iterator[tuple[str, Any, str | None]]:
    """Each setting's path, value, and what set it."""
    environment = os.environ if given is None else given
    overrides = _overrides.get() if given is None else _Overrides()
    variables = of_variables(environment)
    sources = [variables] if given is not None else list(_sources(overrides))
    home = overrides.updates.get("home", _home(variables))
    read: dict[str, Any] = {}
    for definition in DEFINITIONS:
        path, set_by = definition.path, None
        # Where home and profiles are is said by the environment alone: the other sources are found through it.
        found = _first(sources if definition.in_profiles else [variables], definition)
        if path == "logging.level" and read["debug_mode"]:
            value, set_by = "DEBUG", BY_PATH["debug_mode"].variable
        elif path in overrides.updates:
            value, set_by = overrides.updates[path], "temporary_settings"
        elif found is not None and path not in overrides.restored:
            value, set_by = parsed(definition, found), found.name
        elif path in overrides.defaults:
            value, set_by = overrides.defaults[path], "temporary_settings"
        else:
            value = _default(definition, home, environment, read.get("api.url"))
        read[path] = value
        yield path, value, set_by


def _sources(overrides: _Overrides) -> Iterator[Source]:
    name, variables = active_profile()
    profile = of_variables(variables, f" in profile {name!r}")
    above = overrides.profile is not None and overrides.profile[2]
    if above:
        yield profile
    yield of_variables(os.environ)
    yield from of_files(Path())
    if not above:
        yield profile


def _first(sources: list[Source], definition: Definition) -> Found | None:
    return next((found for source in sources if (found := source(definition)) is not None), None)


def _default(definition: Definition, home: Path, environment: Mapping[str, str], api_url: str | None) -> Any:
    match definition.path:
        case "ui_url":
            return api_url.rstrip("/").removesuffix("/api") if api_url else None
        case "home":
            return home
        case "profiles_path":
            return home / "profiles.toml"
        case "logging.config_path":
            return home / "logging.yml"
        case "logging.colors":
            return "NO_COLOR" not in environment
        case _:
            return definition.default
