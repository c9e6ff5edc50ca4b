"""The file of a logging configuration: YAML, with `${NAME}` in it, and what is wrong with it by its line."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, cast

import yaml

from headrace.exceptions import ConfigurationError

__all__ = ["place_in_file", "read_file"]


def read_file(path: Path, values: Mapping[str, str]) -> dict[str, Any]:
    """What the file says, `values` put in; ConfigurationError names the file, the line, and what to do."""
    text = _text(path)
    try:
        config: Any = yaml.safe_load(_substituted(path, text, values))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}," if mark is not None else ""
        problem = getattr(error, "problem", None) or str(error)
        raise ConfigurationError(f"The logging configuration in {path}{line} is no YAML: {problem}.") from error
    if not isinstance(config, dict):
        raise ConfigurationError(f"The logging configuration in {path}, line 1, cannot be used: it is no mapping.")
    read = cast("dict[str, Any]", config)
    for section in ("filters", "formatters", "handlers", "loggers"):
        for keys, value in _mappings(read, section):
            if value is not None and not isinstance(value, dict):
                raise ConfigurationError(
                    f"The logging configuration{place_in_file(path, keys)} cannot be used: "
                    f"{'.'.join(keys)} is no mapping."
                )
    return read


def _mappings(config: dict[str, Any], section: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """What has to be a mapping, with its keys."""
    entries = config.get(section)
    yield (section,), entries
    for name, entry in cast("dict[str, Any]", entries or {}).items():
        yield (section, name), entry


def place_in_file(path: Path | None, keys: tuple[str, ...]) -> str:
    """Where in the file these keys stand, as in " in logging.yml, line 7,"; nowhere where they are the default's."""
    if path is None or not path.exists():
        return ""
    found: Any = yaml.compose(_text(path), Loader=yaml.SafeLoader)
    line = None
    for key in keys:
        for name, value in found.value if isinstance(found, yaml.MappingNode) else ():
            if name.value in (key, key.replace("headrace", "prefect", 1)):
                line, found = name.start_mark.line + 1, value
                break
        else:
            return f" in {path}" + (f", line {line}," if line else "")
    return f" in {path}" + (f", line {line}," if line else "")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The logging configuration in {path} cannot be read: {error}. HEADRACE_LOGGING_CONFIG_PATH names it."
        ) from error


def _substituted(path: Path, text: str, values: Mapping[str, str]) -> str:
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            lines.append(Template(line).substitute(values) if "$" in line else line)
        except KeyError as unknown:
            raise ConfigurationError(
                f"The logging configuration in {path}, line {number}, names {unknown.args[0]}, which is no setting: "
                "`headrace config view --show-defaults` lists those there are."
            ) from unknown
        except ValueError as error:
            raise ConfigurationError(
                f"The logging configuration in {path}, line {number}, has a $ before no name: write $$ for a dollar."
            ) from error
    return "\n".join(lines)
