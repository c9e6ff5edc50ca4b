"""wait_for with results and states: edges without arguments, and no run after a failure."""

from prefect import flow, task


@task
def prepare(ok: bool) -> list[str]:
    if not ok:
        raise OSError("the disk is full")
    return ["prepared"]


@task
def run(name: str) -> str:
    return name


@flow
def ordered() -> None:
    ready = prepare(True)
    print(run("after a result", wait_for=[ready]))
    state = prepare(True, return_state=True)
    print(run("after a state", wait_for=[state]))
    state = prepare(False, return_state=True)
    after = run("after a failure", wait_for=[state], return_state=True)
    print(after.type.value, after.name)


if __name__ == "__main__":
    ordered()
