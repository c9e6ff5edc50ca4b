"""States as values: what a flow returns decides its final state.

    python examples/patterns/advanced_state_handling.py

A value completes the run. A state is its final state. Of several states or futures, one that failed fails the run, with
a message that counts them. `allow_failure` hands a failure to the task that depends on it.
"""

from typing import Any

from headrace import allow_failure, flow, task
from headrace.states import Cancelled, Completed, Failed, State


@task
def halve(number: int) -> int:
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


@task
def explain(outcome: Any) -> str:
    return f"no half: {outcome}" if isinstance(outcome, Exception) else f"the half is {outcome}"


@flow
def value() -> str:
    """A failure that the flow does not return is not the flow's."""
    halve(3, return_state=True)
    return "fine"


@flow
def one_state() -> Any:
    return halve(3, return_state=True)


@flow
def several() -> Any:
    return halve.map([1, 2, 3])


@flow
def by_hand(what: str) -> Any:
    states = {
        "ok": Completed(message="all rows were there already"),
        "bad": Failed(message="the figures do not add up"),
        "stop": Cancelled(message="not on a Sunday"),
    }
    return states[what]


@flow
def allowed() -> list[str]:
    return [explain(allow_failure(halve.submit(number))) for number in (3, 4)]


def show(name: str, state: State[Any]) -> None:
    """Prints what is known of a run that has ended."""
    print(f"{name:<10} {state.type.value:<10} {state.message or state.result()}")


if __name__ == "__main__":
    show("value", value(return_state=True))
    show("one state", one_state(return_state=True))
    show("several", several(return_state=True))
    for what in ("ok", "bad", "stop"):
        show(what, by_hand(what, return_state=True))
    show("allowed", allowed(return_state=True))
