"""Prints the oldest versions of the dependencies that pyproject.toml admits, as constraints for pip.

For `make test-lowest`: a lower bound is honest if the tests pass on it.
"""

import re
import tomllib
from pathlib import Path

__all__ = ["lowest_versions"]

_BOUND = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)(\[[^]]*\])?\s*>=\s*(?P<version>[0-9.]+)")


def lowest_versions(project: Path) -> list[str]:
    """The dependencies of the project file, each as `name==its lower bound`; ValueError where one has no bound."""
    described = tomllib.loads(project.read_text())["project"]
    extras: dict[str, list[str]] = described["optional-dependencies"]
    dependencies: list[str] = described["dependencies"] + extras["postgres"] + extras["validation"]
    pins: list[str] = []
    for dependency in dependencies:
        bound = _BOUND.match(dependency)
        if bound is None:
            raise ValueError(f"{dependency!r} has no lower bound; write one as `name>=version`")
        pins.append(f"{bound['name']}=={bound['version']}")
    return pins


if __name__ == "__main__":
    print("\n".join(lowest_versions(Path(__file__).parents[2] / "pyproject.toml")))
