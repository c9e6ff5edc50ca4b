"""A flow of the peer's with tasks that succeed, fail and are retried, and a subflow."""

import sys

from prefect import flow, task


@task
def stir(pot):
    return pot


@task
def spill():
    raise ValueError("spilt")


@task(retries=1)
def taste(tries={"n": 0}):  # noqa: B006 - what it remembers between its tries
    tries["n"] += 1
    if tries["n"] == 1:
        raise ValueError("too hot")


@flow
def side_dish():
    stir("a small pot")


@flow(flow_run_name=sys.argv[1])
def dinner():
    spill(return_state=True)
    taste()
    side_dish()
    return stir("a pot")


dinner()
