"""Flows that are easy to test: what varies is a parameter, what computes is a function, what reaches out is one task.

    python examples/patterns/testable_flows.py
    pytest examples/patterns/testable_flows.py

`.fn` is the function of a task, for tests without a run. `with_options` takes the waiting out of retries. A whole flow
runs in a test as it does elsewhere; HEADRACE_HOME set to a temporary folder keeps its runs apart.
"""

from collections.abc import Callable

from headrace import flow, get_run_logger, task
from headrace.logging import disable_run_logger

Fetch = Callable[[str], float]


def from_the_network(city: str) -> float:
    """What the flow calls in production."""
    raise ConnectionError(f"nobody asks for {city} while tests run")


@task
def to_fahrenheit(celsius: float) -> float:
    get_run_logger().info("converting %s °C", celsius)
    return celsius * 1.8 + 32


@task(retries=2, retry_delay_seconds=60)
def ask(city: str, fetch: Fetch) -> float:
    return fetch(city)


@flow
def forecast(city: str, fetch: Fetch = from_the_network) -> str:
    celsius = ask(city, fetch)
    return f"{city}: {to_fahrenheit(celsius):.0f} °F"


def test_a_function_is_tested_without_a_run() -> None:
    with disable_run_logger():
        assert to_fahrenheit.fn(100) == 212


def test_a_task_is_tried_again_without_waiting() -> None:
    answers = iter([ConnectionError("busy"), 21.5])

    def fetch(city: str) -> float:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert ask.with_options(retry_delay_seconds=0)("Porto", fetch) == 21.5


def test_a_flow_runs_with_the_source_of_a_test() -> None:
    assert forecast("Porto", fetch=lambda city: 21.5) == "Porto: 71 °F"


def test_a_failure_is_a_state() -> None:
    state = ask.with_options(retries=0)("Porto", from_the_network, return_state=True)
    assert state.is_failed()


if __name__ == "__main__":
    for test in (
        test_a_function_is_tested_without_a_run,
        test_a_task_is_tried_again_without_waiting,
        test_a_flow_runs_with_the_source_of_a_test,
        test_a_failure_is_a_state,
    ):
        test()
        print(test.__name__.replace("_", " "))
