"""Flows and tasks that return states made by hand."""

from prefect import flow, task
from prefect.states import Cancelled, Completed, Failed


@task
def skipped():
    return Completed(message="nothing new", name="Skipped")


@task
def refused():
    return Failed(message="not today")


@flow
def named():
    return Completed(message="half of it", name="Partly")


@flow
def cancelled():
    return Cancelled(message="by hand")


@flow
def failed():
    return Failed(message="by hand, too")


@flow
def parent() -> str:
    state = skipped(return_state=True)
    print(state.name, state.message, state.is_completed())
    state = refused(return_state=True)
    print(state.name, state.message, state.is_failed())
    return "done"


if __name__ == "__main__":
    print(parent())
    for each in (named, cancelled, failed):
        state = each(return_state=True)
        print(state.type.value, state.name, state.message)
