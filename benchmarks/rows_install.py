"""What installing brings along: the distributions that the package requires, at any depth, and their size."""

import json

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Row, Side, Target

__all__ = ["ROWS"]


def installed(bench: Bench, side: Side) -> dict[str, float]:
    """Counts them with the side's own interpreter, whose environment holds them."""
    name = "headrace" if side == "ours" else "prefect"
    environment = bench.environment(side, bench.new_home())
    return json.loads(bench.run(side, [bench.program("installed", "ours"), name], environment).stdout)


def distributions(bench: Bench, side: Side) -> Figure:
    """How many."""
    return Figure(installed(bench, side)["distributions"])


def megabytes(bench: Bench, side: Side) -> Figure:
    """How large, byte code included."""
    return Figure(installed(bench, side)["megabytes"])


ROWS = (
    Row("install", "install: distributions", "", Target(35), distributions),
    Row("install-size", "install: size", "MB", Target(70), megabytes),
)
