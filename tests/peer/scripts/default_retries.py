"""Retries that the settings give to tasks and flows that say nothing of theirs: by variables, and for a while."""

import os

os.environ["PREFECT_TASKS_DEFAULT_RETRIES"] = "2"
os.environ["PREFECT_TASK_DEFAULT_RETRY_DELAY_SECONDS"] = "0,0.01"
os.environ["PREFECT_FLOWS_DEFAULT_RETRIES"] = "1"

from prefect import flow, task
from prefect.settings import PREFECT_FLOWS_DEFAULT_RETRIES, PREFECT_TASKS_DEFAULT_RETRIES, temporary_settings

calls: dict[str, int] = {}


def fail(who: str) -> None:
    calls[who] = calls.get(who, 0) + 1
    raise ValueError(who)


by_default = task(name="by default")(fail)
never = task(name="never", retries=0)(fail)
thrice = task(name="thrice", retries=3, retry_delay_seconds=0)(fail)

with temporary_settings({PREFECT_TASKS_DEFAULT_RETRIES: 1, PREFECT_FLOWS_DEFAULT_RETRIES: 0}):
    made_inside = task(name="made inside")(fail)
    copied_inside = by_default.with_options(name="copied inside")
    reset_inside = thrice.with_options(name="reset inside", retries=None)

    @flow
    def made_inside_too() -> None:
        fail("a flow made inside")


TASKS = (by_default, never, thrice, made_inside, copied_inside, reset_inside)


class Owner:
    @task
    def method(self) -> None:
        fail("a method")


@flow
def tasks_of_all_kinds() -> None:
    for each in TASKS:
        each(each.name, return_state=True)
    with temporary_settings({PREFECT_TASKS_DEFAULT_RETRIES: 5}):
        by_default("called inside", return_state=True)
    Owner().method(return_state=True)


@flow
def by_default_too() -> None:
    fail("a flow")


@flow(retries=0)
def never_too() -> None:
    fail("a flow, never")


if __name__ == "__main__":
    for each in TASKS:
        print(each.name, each.retries, each.retry_delay_seconds, each.with_options(retries=None).retries)
    for each in (by_default_too, never_too, made_inside_too):
        print(each.name, each.retries, each.retry_delay_seconds, each.with_options(retries=None).retries)
    print(by_default_too.with_options(retries=3).with_options(retries=None).retries)
    tasks_of_all_kinds(return_state=True)
    for each in (by_default_too, never_too, made_inside_too):
        each(return_state=True)
    print(calls)
