"""Where settings come from: the environment, `.env`, files of TOML, and the profile in use.

A source that is not there costs one look at the file system; tomllib is imported for one that is.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import msgspec

from headrace.exceptions import ConfigurationError
from headrace.settings._definitions import Definition

__all__ = ["BUILT_IN_PROFILES", "Found", "Source", "of_files", "of_variables", "profile_name", "read_profiles"]


class Found(msgspec.Struct, frozen=True):
    """A value that a source has, not parsed yet, and what it is called there."""

    value: Any
    name: str


Source = Callable[[Definition], Found | None]

BUILT_IN_PROFILES: dict[str, dict[str, Any]] = {
    "ephemeral": {},  # the control plane in the script's own process
    "local": {"HEADRACE_API_URL": "http://127.0.0.1:4200/api"},
}


def of_variables(values: Mapping[str, Any], where: str = "") -> Source:
    """A source of variables by their full names, ours before the peer's; few are set where they are empty."""

    def find(definition: Definition) -> Found | None:
        for variable in definition.variables:
            value = values.get(variable)
            may_be_empty = definition.may_be_empty and variable.startswith("HEADRACE_")
            if value is not None and (value != "" or may_be_empty):
                return Found(value, f"{variable}{where}")
        return None

    return find


def of_files(folder: Path) -> Iterator[Source]:
    """The files of a project, the strongest first."""
    if (text := _text_of(folder / ".env")) is not None:
        yield of_variables(dict(_dotenv(text)), " in .env")
    for name, tables in (
        ("headrace.toml", ((),)),
        ("prefect.toml", ((),)),
        ("pyproject.toml", (("tool", "headrace"), ("tool", "prefect"))),
    ):
        text = _text_of(folder / name)
        # Most projects have a pyproject.toml, and few of them say anything to us in it.
        if text is None or (name == "pyproject.toml" and "tool.headrace" not in text and "tool.prefect" not in text):
            continue
        content = _toml(folder / name, text)
        for table in tables:
            inner: dict[str, Any] = content
            for part in table:
                inner = inner.get(part) or {}
            if inner:
                yield _of_table(inner, f" in {name}")


def profile_name(environment: Mapping[str, str]) -> str | None:
    """The profile that the environment names."""
    return environment.get("HEADRACE_PROFILE") or environment.get("PREFECT_PROFILE") or None


def read_profiles(path: Path) -> tuple[str | None, dict[str, dict[str, Any]]]:
    """The active profile and all profiles of the file; none where there is no file."""
    text = _text_of(path)
    if text is None:
        return None, {}
    content = _toml(path, text)
    return content.get("active"), content.get("profiles") or {}


def _of_table(table: dict[str, Any], where: str) -> Source:
    values = dict(_flat(table, ""))

    def find(definition: Definition) -> Found | None:
        # The peer's own path of a setting that we call otherwise is that of its name.
        for path in (definition.path, *(name.lower() for name in definition.names)):
            for candidate in (path, path.replace(".", "_")):
                if candidate in values:
                    return Found(values[candidate], f"{path}{where}")
        return None

    return find


def _flat(table: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    """Each value by its path, with dots and with underscores."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, Any]", value), f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
            yield f"{prefix}{key}".replace(".", "_"), value


def _text_of(path: Path) -> str | None:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The settings in {path} cannot be read: {error}.") from error


def _toml(path: Path, text: str) -> dict[str, Any]:
    import tomllib  # 6 ms

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{os.fspath(path)} is no TOML: {error}.") from error


def _dotenv(text: str) -> Iterator[tuple[str, str]]:
    """The assignments of an .env file: `NAME=value`, also after `export`, in quotes, and with a comment behind."""
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if not equals or name.startswith("#"):
            continue
        value = value.strip()
        if value[:1] in ("'", '"') and (end := value.find(value[0], 1)) > 0:
            value = value[1:end]
        else:
            value = value.partition(" #")[0].rstrip()
        yield name.strip(), value
