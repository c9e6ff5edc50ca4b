"""The files of real data, one of which is busy when it is read first."""

import csv
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rows import Cells

__all__ = ["Source", "SourceBusyError", "open_source"]

BUSY_AT_FIRST = "airports.csv"


@dataclass(frozen=True)
class Source:
    """A file as it was read."""

    file: str
    rows: list[Cells]


class SourceBusyError(Exception):
    """Somebody else has the file; another attempt may find it free."""


def open_source(file: str, attempt: int) -> Source:
    """Reads a file of the package vega_datasets.

    One file is busy at the first attempt of each run, as those on a shared drive are now and then: to show what a
    pipeline does about it.
    """
    if file == BUSY_AT_FIRST and attempt == 1:
        raise SourceBusyError(f"{file} is busy")
    # Found and not imported: the package would import pandas, which takes longer than this whole pipeline.
    package = find_spec("vega_datasets")
    if package is None or package.origin is None:
        raise FileNotFoundError("This example reads the files of vega_datasets: pip install 'headrace[examples]'")
    with (Path(package.origin).parent / "_data" / file).open(newline="", encoding="utf-8") as text:
        return Source(file, list(csv.DictReader(text, restkey="surplus")))
