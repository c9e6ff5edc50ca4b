"""A source that fails now and then: try again after growing delays, and tell somebody once it is given up.

    python examples/basics/retries_and_hooks.py

The hook for failures is called when no retry is left, not at each attempt.
"""

from typing import Any

from headrace import flow, get_run_logger, task
from headrace.runtime import task_run

OUTAGES = {"Seattle": 0, "San Francisco": 2, "Anchorage": 99}
"""How many requests for a city's temperature fail before one is answered."""

CELSIUS = {"Seattle": 13.1, "San Francisco": 13.8, "Anchorage": 3.2}


def page_the_operator(task: Any, task_run: Any, state: Any) -> None:
    print(f"operator: {task.name} was given up after {task_run.run_count} attempts: {state.message}")


@task(retries=3, retry_delay_seconds=[0.01, 0.02, 0.04], on_failure=[page_the_operator])
def fetch(city: str) -> float:
    # The first attempt is 1.
    attempt = task_run.run_count
    if attempt <= OUTAGES[city]:
        raise ConnectionError(f"{city} does not answer")
    get_run_logger().info("%s answered at attempt %d", city, attempt)
    return CELSIUS[city]


@flow
def temperatures() -> dict[str, float]:
    states = {city: fetch(city, return_state=True) for city in OUTAGES}
    return {city: state.result() for city, state in states.items() if state.is_completed()}


if __name__ == "__main__":
    for city, celsius in temperatures().items():
        print(f"{city}: {celsius} °C")
