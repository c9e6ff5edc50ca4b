"""Names of flow runs: what a run is about, in place of two random words.

    python examples/core/flow_run_names.py

`flow_run_name` is a template over the parameters, or a function without parameters. `with_options` gives one flow
another name for the runs of one caller. The command line takes names wherever it takes ids: quote those with spaces.
"""

from datetime import date

from headrace import flow
from headrace.runtime import flow_run


@flow(flow_run_name="load {source} of {day:%d %B %Y}")
def load(source: str, day: date) -> None:
    print(flow_run.name)


def week() -> str:
    """The calendar week of the run, from its parameters."""
    year, number, _ = flow_run.parameters["day"].isocalendar()
    return f"{flow_run.flow_name} of week {number} in {year}"


@flow(flow_run_name=week)
def report(day: date) -> None:
    print(flow_run.name)


if __name__ == "__main__":
    day = date(2026, 1, 1)
    load("orders", day)
    load.with_options(flow_run_name="again: {source}, {day}")("orders", day)
    report(day)
