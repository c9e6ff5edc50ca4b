"""Prints how many distributions a package needs, itself included, and how large they are: `installed.py NAME`."""

import importlib.metadata
import json
import sys

from packaging.requirements import Requirement


def needed(name: str) -> set[str]:
    """The names of all distributions that `name` requires here, over any number of steps."""
    found: set[str] = set()
    pending: list[tuple[str, frozenset[str]]] = [(name, frozenset())]
    seen: set[tuple[str, frozenset[str]]] = set()
    while pending:
        wanted = pending.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        distribution = importlib.metadata.distribution(wanted[0])
        found.add(distribution.metadata["Name"].lower().replace("_", "-"))
        for line in distribution.requires or []:
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ["", *wanted[1]]):
                pending.append((requirement.name, frozenset(requirement.extras)))
    return found


def size(name: str) -> int:
    """Bytes of a distribution's files; those of an editable one are where its source is."""
    files = importlib.metadata.files(name) or []
    return sum(path.stat().st_size for file in files if (path := file.locate()).is_file())


if __name__ == "__main__":
    names = needed(sys.argv[1])
    print(json.dumps({"distributions": len(names), "megabytes": sum(map(size, names)) / 1e6, "names": sorted(names)}))
