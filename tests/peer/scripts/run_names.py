"""Names that users give to runs, and names that cannot be given."""

from datetime import date
from types import SimpleNamespace
from typing import Any

from prefect import flow, task
from prefect.runtime import flow_run, task_run


def by_runtime() -> str:
    return f"{flow_run.flow_name}-{task_run.task_name}-{task_run.parameters['x']}"


def by_parameters(parameters: dict[str, Any]) -> str:
    return f"x is {parameters['x']}"


@task(task_run_name="{user.name}-{x:.2f}-{rows[1]}")
def template(user: Any, x: float, rows: list[int]) -> str:
    return task_run.name


@task(task_run_name=by_runtime)
def runtime_values(x: int) -> str:
    return task_run.name


@task(task_run_name=by_parameters)
def with_parameters(x: int) -> str:
    return task_run.name


@flow(flow_run_name="{day:%Y-%m-%d} {x!r}")
def child(x: str, day: date = date(2024, 5, 1)) -> str:
    return flow_run.name


@flow(flow_run_name=lambda: f"made for {flow_run.parameters['x']}")
def parent(x: int) -> None:
    print(flow_run.name)
    print(template(SimpleNamespace(name="ada"), 1.23456, [1, 2]))
    print(runtime_values(x), with_parameters(x), with_parameters.with_options(task_run_name="plain")(x))
    print(child("a"), child.with_options(flow_run_name="{x}{x}")("b"))


if __name__ == "__main__":
    parent(7)
