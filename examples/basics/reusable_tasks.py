"""One task, many uses: `with_options` makes a copy with other options, and a module of tasks serves many flows.

    python examples/basics/reusable_tasks.py

`tables.py` beside this file is such a module: its tasks know nothing of the flows that use them.
"""

from tables import column, largest, read_table

from headrace import flow, task

# The same function under another name, for a source that is slow to answer.
read_remote_table = read_table.with_options(name="read_remote_table", retries=2, retry_delay_seconds=5)


@task
def average(values: list[float]) -> float:
    return sum(values) / len(values)


@flow
def worst_month() -> str:
    rows = read_table("crimea")
    worst = largest(rows, by="disease")
    return f"{worst['month']}, with {worst['disease']} deaths of disease"


@flow
def mean_price() -> float:
    rows = read_remote_table("wheat")
    return average(column(rows, "price"))


if __name__ == "__main__":
    print("worst month:", worst_month())
    print(f"mean price of wheat: {mean_price():.1f} shillings")
    print("retries of the task and of its copy:", read_table.retries, read_remote_table.retries)
