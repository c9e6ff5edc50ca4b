"""Defaults of options, and copies with other options."""

import hashlib
from pathlib import Path

from prefect import flow, task


@task(tags=["a"], description="does it", task_run_name="n")
def some_task() -> int:
    return 3


@flow(description="does that", version="1")
def some_flow() -> int:
    """The docstring."""
    return 4


@flow
def plain_flow() -> None:
    """Tells of itself."""


def tell(decorated: object) -> None:
    print(type(decorated).__name__, *(getattr(decorated, name) for name in ("name", "description", "version")))


if __name__ == "__main__":
    for decorated in (some_task, some_flow, some_task.with_options(name="b"), some_flow.with_options(version="2")):
        tell(decorated)
    print(plain_flow.name, plain_flow.description, some_task.tags)
    print(plain_flow.version == hashlib.md5(Path(__file__).read_bytes()).hexdigest())
    print(some_task.with_options(name="c", tags=["d"]).tags, some_task.with_options(task_run_name=None).task_run_name)
    print(some_flow.with_options(name="d")(), some_flow.with_options(description="e").description)
    for decorate, option in ((task, "task_run_name"), (flow, "flow_run_name"), (flow, "name")):
        try:
            decorate(**{option: 3})(tell)
        except TypeError as error:
            print(str(error).strip())
