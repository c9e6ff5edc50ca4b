"""Hooks: functions that are called when a run enters a state.

    python examples/basics/state_handlers.py

A hook is handed the task or flow, its run, and the state. Hooks are given as options, or added by decorators; what
they do changes neither the state nor the result of the run.
"""

from typing import Any

from headrace import flow, task

GRAMS = {"flour": 500, "water": 350, "salt": 10}


def tell(what: Any, run: Any, state: Any) -> None:
    """One hook for all: tells what came to be how."""
    print(f"  {what.name} is {state.name}")


def call_for_help(task: Any, task_run: Any, state: Any) -> None:
    print(f"  help! {state.message}")


@task(on_completion=[tell])
def knead(grams: dict[str, int]) -> int:
    """How much dough it is."""
    return sum(grams.values())


@task(on_failure=[tell, call_for_help])
def bake(celsius: int) -> str:
    if celsius > 300:
        raise ValueError(f"{celsius} °C is too hot for bread")
    return "a loaf"


@flow(on_running=[tell], on_completion=[tell], on_failure=[tell])
def bread(celsius: int) -> str:
    dough = knead(GRAMS)
    return f"{bake(celsius)} of {dough} g of dough"


@bread.on_completion
def serve(flow: Any, flow_run: Any, state: Any) -> None:
    print(f"  dinner is served: {state.result()}")


if __name__ == "__main__":
    for celsius in (240, 400):
        print(f"baking at {celsius} °C")
        bread(celsius, return_state=True)
