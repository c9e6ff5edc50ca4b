"""One of the eight scripts of the nemesis: it runs flows of its kind until it is told to stop, or is killed.

victims.py ROLE NAME, where NAME is this start's own: each run and each line carries a key that nothing else ever has.
The key is written down before the run is called, and what came of it after.
"""

import asyncio
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import witness

from headrace import flow, get_run_logger, task
from headrace.futures import wait
from headrace.runtime import flow_run, task_run
from headrace.task_runners import ProcessPoolTaskRunner, ThreadPoolTaskRunner

NAME = sys.argv[2] if len(sys.argv) > 2 else ""
PACE_SECONDS = 0.02
LARGE = 64 << 10
# A machine of any speed leaves room on the volume: beyond this, lines are small ones.
STORE_BOUND_BYTES = 256 << 20
STORE = Path(os.environ["HEADRACE_HOME"], "headrace.db")
numbers = itertools.count()
# What the task that outlives its time waits for: that its flow has seen its end.
seen_ended: dict[str, threading.Event] = {}
left_off: dict[str, threading.Event] = {}


def key(kind: str) -> str:
    """A name for a run that is about to be called."""
    named = f"{kind} {next(numbers)} of {NAME}"
    witness.told("called", key=named)
    return named


def say(named: str, more: str = "") -> None:
    line = f"says {named}{more}"
    get_run_logger().info(line)
    witness.logged(line if len(line) <= 200 else line[:80], flow_run.id, task_run.id)


def entered_task() -> str:
    witness.told("entered", id=task_run.id, flow=flow_run.id)
    return str(task_run.id)


def entered_flow() -> str:
    witness.flow_began(flow_run.id)
    witness.told("entered", id=flow_run.id)
    return str(flow_run.id)


def hook(kind: Any, run: Any, state: Any) -> None:
    witness.told("hook", id=str(run.id), state=state.name)


@task(task_run_name="{named}")
def work(named: str) -> str:
    run_id = entered_task()
    say(named)
    return run_id


@task(task_run_name="{named}")
def fail(named: str) -> None:
    raise LookupError(entered_task())


@task(task_run_name="{named}", retries=3, retry_delay_seconds=[0, 0.02])
def fails_first(named: str, times: int) -> str:
    run_id = entered_task()
    if task_run.run_count <= times:
        raise LookupError(run_id)
    return run_id


@task(task_run_name="{named}", on_completion=[hook], on_failure=[hook], on_running=[hook])
def hooked(named: str, fails: bool) -> str:
    run_id = entered_task()
    if fails:
        raise LookupError(run_id)
    return run_id


@task(task_run_name="{named}")
def unheard(named: str) -> None: ...


@task(task_run_name="{named}", timeout_seconds=0.1)
def outlives(named: str) -> None:
    """Goes on after its flow has seen it end: nobody may hear of what it does then."""
    entered_task()
    seen = seen_ended[named]
    try:
        while not seen.is_set():
            try:
                seen.wait(60)
            except BaseException:  # noqa: BLE001 - the time-out's own, which it takes no notice of
                continue
        get_run_logger().info(f"says late line of {named}")
        unheard(f"late {named}")
    finally:
        left_off[named].set()


@task(task_run_name="{named}")
async def work_async(named: str) -> str:
    run_id = entered_task()
    await asyncio.sleep(0)
    say(named)
    return run_id


def did(run_id: str, state: str = "Completed") -> str:
    witness.task_ended(run_id, flow_run.id, state)
    return run_id


def failed(call: Callable[..., object], *args: object) -> None:
    try:
        call(*args)
    except LookupError as error:
        did(str(error), "Failed")


def some_calls(count: int) -> None:
    for _ in range(count):
        did(work(key("task")))
    failed(fail, key("task"))


@flow(flow_run_name="{named}")
def child(named: str) -> str:
    run_id = entered_flow()
    say(named)
    some_calls(1)
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}")
def calls(named: str) -> str:
    run_id = entered_flow()
    some_calls(4)
    witness.flow_ended(child(key("flow")), "Completed")
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}", task_runner=ThreadPoolTaskRunner(max_workers=4))
def threads(named: str) -> str:
    run_id = entered_flow()
    first = work.submit(key("task"))
    mapped = work.map([key("task") for _ in range(6)], wait_for=[first])
    broken = fail.submit(key("task"))
    subflow = child.submit(key("flow"))
    for future in wait([first, *mapped, broken]).done:
        did(str(future.task_run_id), future.state.name)
    witness.flow_ended(subflow.result(), "Completed")
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}")
async def loops(named: str) -> str:
    run_id = entered_flow()
    for done in await asyncio.gather(*[work_async(key("task")) for _ in range(8)]):
        did(done)
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}", retries=1)
def retries(named: str) -> str:
    run_id = entered_flow()
    for times in (1, 3):
        did(fails_first(key("task"), times))
    failed(fails_first, key("task"), 4)
    if flow_run.run_count == 1:
        raise LookupError(run_id)
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}", timeout_seconds=0.2)
def too_slow(named: str) -> None:
    run_id = entered_flow()
    witness.flow_ending(run_id, "TimedOut")
    while True:
        time.sleep(0.01)


@flow(flow_run_name="{named}")
def timeouts(named: str) -> str:
    run_id = entered_flow()
    slow = key("task")
    seen_ended[slow], left_off[slow] = threading.Event(), threading.Event()
    future = outlives.submit(slow)
    future.wait()
    did(str(future.task_run_id), future.state.name)
    seen_ended[slow].set()
    left_off[slow].wait(60)
    state = too_slow(key("flow"), return_state=True)
    witness.flow_ended(str(state.state_details.flow_run_id), state.name)
    did(work(key("task")))
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}", on_completion=[hook], on_running=[hook])
def hooks(named: str) -> str:
    run_id = entered_flow()
    did(hooked(key("task"), fails=False))
    failed(hooked, key("task"), True)
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}", task_runner=ProcessPoolTaskRunner(max_workers=2))
def processes(named: str) -> str:
    run_id = entered_flow()
    for future in wait(work.map([key("task") for _ in range(12)])).done:
        did(str(future.task_run_id), future.state.name)
    witness.flow_ending(run_id, "Completed")
    return run_id


@flow(flow_run_name="{named}")
def lines(named: str) -> str:
    run_id = entered_flow()
    more = " " + "x" * LARGE if STORE.stat().st_size < STORE_BOUND_BYTES else ""
    for _ in range(8):
        say(key("line"), more)
    some_calls(1)
    witness.flow_ending(run_id, "Completed")
    return run_id


ROLES: dict[str, Any] = {
    each.fn.__name__: each for each in (calls, threads, loops, retries, timeouts, hooks, processes, lines)
}


def main(role: Any) -> None:
    while not witness.exists("stop"):
        called = role(key("flow"))
        witness.flow_ended(asyncio.run(called) if asyncio.iscoroutine(called) else called, "Completed")
        time.sleep(PACE_SECONDS)


if __name__ == "__main__":
    main(ROLES[sys.argv[1]])
