"""Names of task runs: made from the parameters, so that a list of runs can be read.

    python examples/core/task_run_names.py

`task_run_name` is a template over the parameters, with the format of each as in an f-string, or a function without
parameters, which finds what it needs in `headrace.runtime`. Runs without one are named by their task and some digits.
"""

from datetime import date
from typing import NamedTuple

from headrace import flow, task
from headrace.runtime import flow_run, task_run


class Comet(NamedTuple):
    """A comet, and when it was next to the sun."""

    name: str
    perihelion: date
    period_years: float


COMETS = [
    Comet("Halley", date(1986, 2, 9), 75.3),
    Comet("Encke", date(2023, 10, 22), 3.3),
    Comet("Tempel-Tuttle", date(1998, 2, 28), 33.2),
]


@task(task_run_name="{comet.name} after {comet.perihelion:%Y}, every {comet.period_years:.0f} years")
def next_return(comet: Comet) -> int:
    print(task_run.name)
    return round(comet.perihelion.year + comet.period_years)


def counted() -> str:
    """The name of a run by how many values it was given, and of which flow it is."""
    return f"{flow_run.flow_name}: the first of {len(task_run.parameters['years'])}"


@task(task_run_name=counted)
def first(years: list[int]) -> int:
    print(task_run.name)
    return min(years)


@flow
def comets() -> int:
    return first([next_return(comet) for comet in COMETS])


if __name__ == "__main__":
    print("the next comet comes in", comets())
