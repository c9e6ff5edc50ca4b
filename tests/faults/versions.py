"""Copies of the package in a folder of their own: a later version of it, or one with a planted mistake."""

import re
import shutil
from pathlib import Path

import headrace

__all__ = ["copy_package", "later_version", "replace_text", "schema_version"]

LATER = "99.0.0"
SCHEMA = Path("server", "store", "schema", "sqlite")
MIGRATION = """\
-- What a later version adds: the versions before it may go on reading and writing.
-- min_reader: 1
-- min_writer: 1

CREATE TABLE later (only_row INTEGER PRIMARY KEY);
ALTER TABLE flow_runs ADD COLUMN later TEXT;
ALTER TABLE task_runs ADD COLUMN later INTEGER NOT NULL DEFAULT 0;
"""


def copy_package(folder: Path) -> Path:
    """Copies the package; processes that find `folder` on their path first import the copy."""
    package = folder / "headrace"
    shutil.copytree(Path(headrace.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def replace_text(file: Path, old: str, new: str) -> None:
    """Replaces a text that stands exactly once in a file."""
    text = file.read_text()
    assert text.count(old) == 1, f"{file} has {text.count(old)} times, and not once:\n{old}"
    file.write_text(text.replace(old, new))


def later_version(folder: Path) -> Path:
    """A version that has one more migration than this one, and brings the store to it at its first use."""
    package = copy_package(folder)
    replace_text(package / "__init__.py", f'__version__ = "{headrace.__version__}"', f'__version__ = "{LATER}"')
    (package / SCHEMA / f"{schema_version(package) + 1:03d}_later.sql").write_text(MIGRATION)
    return folder


def schema_version(package: Path) -> int:
    """The version of the store that a copy of the package brings it to."""
    return max(int(found[1]) for path in (package / SCHEMA).iterdir() if (found := re.match(r"(\d{3})_", path.name)))
