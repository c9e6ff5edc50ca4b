"""Escalation: try again, then use something else, then tell somebody, then tell everybody.

    python examples/patterns/failure_escalation.py

Each level handles what it can, and hands on what it cannot: retries are in the task, the fallback is in the flow, and
hooks tell people. A hook that fails is logged, and neither stops the others nor changes the state.
"""

from typing import Any

from headrace import flow, task

WORKING = {"primary": False, "replica": True}


def note(task: Any, task_run: Any, state: Any) -> None:
    print(f"  note in the channel: {task_run.name} failed {task_run.run_count} times")


def call_the_operator(flow: Any, flow_run: Any, state: Any) -> None:
    raise ConnectionError("the operator's telephone is off")


def call_the_manager(flow: Any, flow_run: Any, state: Any) -> None:
    print(f"  the manager hears: {flow_run.name}: {state.message}")


@task(retries=1, retry_delay_seconds=0.01, on_failure=[note], task_run_name="query of the {database}")
def query(database: str) -> str:
    if not WORKING[database]:
        raise ConnectionError(f"the {database} does not answer")
    return f"answered by the {database}"


@flow(on_failure=[call_the_operator, call_the_manager], flow_run_name="report of {day}")
def report(day: str, databases: list[str]) -> str:
    states = (query(database, return_state=True) for database in databases)
    # The first that answers; the others are not asked any more.
    answer = next((state for state in states if state.is_completed()), None)
    if answer is None:
        raise RuntimeError("no database is left")
    return answer.result()


if __name__ == "__main__":
    for day, databases in {"Monday": ["primary", "replica"], "Tuesday": ["primary"]}.items():
        print(f"{day}: {', then '.join(databases)}")
        state = report(day, databases, return_state=True)
        print(f"  {state.name}")
