"""Prints how many distributions a package needs, itself included, and how large they are: `installed.py NAME`."""

import compileall
import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path

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
    """Bytes of a distribution's files as pip leaves them, with byte code."""
    distribution = importlib.metadata.distribution(name)
    listed = [Path(str(file.locate())) for file in distribution.files or []]
    return sum(file.stat().st_size for file in [*listed, *edited(distribution)] if file.is_file())


def edited(distribution: importlib.metadata.Distribution) -> list[Path]:
    """The files of a distribution that is used where its source is: those are not on its list."""
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    if not origin.get("dir_info", {}).get("editable"):
        return []
    (folder,) = importlib.import_module(distribution.metadata["Name"]).__path__
    compileall.compile_dir(folder, quiet=1)
    files = [file for file in Path(folder).rglob("*") if file.is_file() and file.parent.name != "__pycache__"]
    return [*files, *(Path(importlib.util.cache_from_source(str(file))) for file in files if file.suffix == ".py")]


if __name__ == "__main__":
    names = needed(sys.argv[1])
    print(json.dumps({"distributions": len(names), "megabytes": sum(map(size, names)) / 1e6, "names": sorted(names)}))
