"""Subflows called for their states, in a loop: the parent goes on, and tells of each."""

from prefect import flow, task


@task
def check(part: str) -> str:
    if part == "rotten":
        raise ValueError(f"{part} found")
    return part


@flow
def inspect_part(part: str) -> str:
    return check(part)


@flow(name="Inspection")
def inspection(parts: list[str]) -> dict[str, str]:
    told = {}
    for part in parts:
        state = inspect_part(part, return_state=True)
        told[part] = f"{state.name}: {state.result(raise_on_failure=False)}"
    return told


if __name__ == "__main__":
    print(inspection(["fresh", "rotten", "dry"]))
