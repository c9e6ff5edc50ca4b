"""In another process: retries, hooks of tasks, an initializer, and a runner used by itself."""

import os

from prefect import flow, runtime, task
from prefect.task_runners import ProcessPoolTaskRunner

prepared = []


def prepare(*values: str) -> None:
    prepared.extend(values)


def note(of_task, run, state) -> None:
    with open(os.environ["NOTES"], "a", encoding="utf-8") as file:
        file.write(f"{of_task.name} {state.name}\n")


@task(retries=1, on_completion=[note], on_failure=[note])
def second_time() -> int:
    if runtime.task_run.run_count == 1:
        raise ValueError("not yet")
    return runtime.task_run.run_count


@task(on_failure=[note])
def never() -> None:
    raise KeyError("never")


@task
def what_is_prepared() -> list[str]:
    return list(prepared)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1))
def retrying() -> None:
    print(second_time.submit().result())
    failed = never.submit()
    failed.wait()
    print(failed.state.name, type(failed.result(raise_on_failure=False)).__name__)


@flow(task_runner=ProcessPoolTaskRunner(max_workers=1, initializer=prepare, initargs=("a", "b")))
def preparing() -> None:
    print(what_is_prepared.submit().result())


if __name__ == "__main__":
    os.environ["NOTES"] = "notes.txt"
    open("notes.txt", "w", encoding="utf-8").close()
    retrying(return_state=True)
    preparing()
    with open("notes.txt", encoding="utf-8") as file:
        print(file.read(), end="")
    print(ProcessPoolTaskRunner().name)
