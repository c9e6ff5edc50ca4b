"""Tags: labels of runs, given where a task is declared, where it is called, or around a part of a flow.

    python examples/core/tags.py
    headrace flow-run ls --tag production
    headrace task-run ls --tag production --tag slow

Runs inherit the tags in force where they begin: a flow's tasks and subflows have the flow's.
"""

from headrace import flow, tags, task
from headrace.runtime import flow_run, task_run


@task(tags=["extract"])
def extract(source: str) -> list[str]:
    print(f"{source}: {', '.join(sorted(task_run.tags))}")
    return [source]


# A copy of the task has tags of its own.
extract_from_archive = extract.with_options(tags=["extract", "slow"])


@flow
def archive() -> None:
    print("archive:", ", ".join(sorted(flow_run.tags)))
    extract_from_archive("tapes")


@flow
def nightly() -> None:
    print("nightly:", ", ".join(sorted(flow_run.tags)))
    extract("orders")
    with tags("personal data"):
        extract("customers")
    archive()


if __name__ == "__main__":
    with tags("production"):
        nightly()
