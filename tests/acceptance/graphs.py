"""Random graphs of tasks and flows, run for real and worked out by an oracle that does one thing after the other.

A plan is a list of steps; each asks for one run or for several, and may be given what earlier steps came to. A run adds
up what it is given, fails, fails at first, takes too long, takes too long at first, or carries out a plan of its own,
as a task, in a subflow that a task calls, or as a subflow.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from headrace import allow_failure, flow, task
from headrace.futures import HeadraceFuture, as_completed, wait
from headrace.task_runners import ThreadPoolTaskRunner

__all__ = ["Graph", "Tally", "carried_out", "random_graph", "worked_out"]

OFTEN = {"add": 16, "fails": 5, "flaky": 5, "nest": 5, "subflow": 3, "flow": 4, "late": 2, "tardy": 1}
KINDS = [kind for kind, often in OFTEN.items() for _ in range(often)]
NESTS = ("nest", "subflow", "flow")
WAYS = ("submit", "submit", "submit", "map", "call", "gather")
ITEMS = 3  # runs of a step that asks for several
# What a run that was given an error instead of a number counts it as.
ERROR = 1000


@dataclass(frozen=True)
class Given:
    """An argument: a number, or what an earlier step came to, for better or worse."""

    number: int = 0
    step: int | None = None
    may_fail: bool = False


@dataclass(frozen=True)
class Step:
    way: str
    kind: str
    given: tuple[Given, ...]
    upstream: tuple[int, ...]
    inner: "Plan | None"


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...]
    reading: str  # how the results are read at its end

    def worth(self, came: "list[list[Came]]") -> int:
        """What the plan comes to: the sum of its results, and something else for each run that has none."""
        return sum(run.number if run.name == "Completed" else 7 for runs in came for run in runs)


@dataclass(frozen=True)
class Graph:
    seed: int
    is_async: bool
    max_workers: int | None
    plan: Plan


@dataclass(frozen=True)
class Came:
    """What a run came to."""

    name: str
    number: int = 0


Tally = Counter[tuple[str, str]]
"""How many runs of each kind came to each state."""


def random_graph(seed: int) -> Graph:
    """The graph of this seed, always the same."""
    dice = random.Random(seed)
    return Graph(
        seed, dice.random() < 0.5, dice.choice([1, 1, 2, 3, 5, 8, None]), _plan(dice, depth=dice.choice([1, 2, 3, 4]))
    )


def _plan(dice: random.Random, depth: int) -> Plan:
    steps: list[Step] = []
    for index in range(dice.randint(1, 5)):
        kind = dice.choice(KINDS)
        if kind in NESTS and depth == 0:
            kind = "add"
        way = dice.choice(WAYS)
        earlier = range(index)
        given = tuple(_given(dice, earlier) for _ in range(dice.randint(1, 3)))
        upstream = tuple(step for step in earlier if dice.random() < 0.15)
        steps.append(Step(way, kind, given, upstream, _plan(dice, depth - 1) if kind in NESTS else None))
    return Plan(tuple(steps), dice.choice(("result", "wait", "as_completed")))


def _given(dice: random.Random, earlier: range) -> Given:
    if earlier and dice.random() < 0.5:
        return Given(step=dice.choice(earlier), may_fail=dice.random() < 0.4)
    return Given(number=dice.randint(0, 9))


# The oracle.


def worked_out(graph: Graph) -> tuple[int, Tally]:
    """What the graph comes to, and the states of its runs."""
    tally: Tally = Counter()
    return _plan_worked_out(graph.plan, tally), tally


def _plan_worked_out(plan: Plan, tally: Tally) -> int:
    came: list[list[Came]] = []
    for step in plan.steps:
        several = step.way in ("map", "gather")
        items = [[number] for number in range(ITEMS)] if several else [[]]
        came.append([_run_worked_out(step, item, came, tally) for item in items])
    return plan.worth(came)


def _run_worked_out(step: Step, numbers: list[int], came: list[list[Came]], tally: Tally) -> Came:
    is_ready = all(run.name == "Completed" for index in step.upstream for run in came[index])
    for given in step.given:
        if given.step is None:
            numbers.append(given.number)
            continue
        for run in came[given.step]:
            is_ready = is_ready and (run.name == "Completed" or (given.may_fail and run.name in ("Failed", "TimedOut")))
            numbers.append(run.number if run.name == "Completed" else ERROR)
    ended = _ended(step, sum(numbers), tally) if is_ready else Came("NotReady")
    tally[step.kind, ended.name] += 1
    return ended


def _ended(step: Step, total: int, tally: Tally) -> Came:
    if step.kind == "fails":
        return Came("Failed")
    if step.kind == "late":
        return Came("TimedOut")
    return Came("Completed", total + (_plan_worked_out(step.inner, tally) if step.inner is not None else 0))


# The same for real.


def carried_out(graph: Graph) -> int:
    """Runs the graph as a flow."""
    runner = ThreadPoolTaskRunner(max_workers=graph.max_workers)
    if graph.is_async:
        return asyncio.run(asynchronous.with_options(task_runner=runner)(graph.plan))
    return plain.with_options(task_runner=runner)(graph.plan)


def _total(values: list[Any]) -> int:
    return sum(ERROR if isinstance(value, BaseException) else value for value in values)


class Broken(Exception):
    """What a run of the kind "fails" raises."""


_tries: dict[int, int] = {}


def _first_time(key: int) -> bool:
    return _tries.setdefault(key, 0) == 0 and not _tries.update({key: 1})


@task
def add(values: list[Any], inner: Any, key: int) -> int:
    return _total(values)


@task
def fails(values: list[Any], inner: Any, key: int) -> int:
    raise Broken(str(_total(values)))


@task(retries=1)
def flaky(values: list[Any], inner: Any, key: int) -> int:
    if _first_time(key):
        raise Broken("not yet")
    return _total(values)


@task
def nest(values: list[Any], inner: Plan, key: int) -> int:
    return _total(values) + Carrying(inner, PLAIN).out()


@task
def subflow(values: list[Any], inner: Plan, key: int) -> int:
    return _total(values) + plain(inner)


@task(timeout_seconds=0.01)
def late(values: list[Any], inner: Any, key: int) -> int:
    time.sleep(0.04)
    return _total(values)


@task(timeout_seconds=0.3, retries=1)
def tardy(values: list[Any], inner: Any, key: int) -> int:
    if _first_time(key):
        time.sleep(0.5)
    return _total(values)


@flow(name="flow", validate_parameters=False)
def as_flow(values: list[Any], inner: Plan, key: int) -> int:
    return _total(values) + Carrying(inner, PLAIN).out()


@flow(validate_parameters=False)
def plain(plan: Any) -> int:
    return Carrying(plan, PLAIN).out()


@task
async def async_add(values: list[Any], inner: Any, key: int) -> int:
    await asyncio.sleep(0)
    return _total(values)


@task
async def async_fails(values: list[Any], inner: Any, key: int) -> int:
    raise Broken(str(_total(values)))


@task(retries=1)
async def async_flaky(values: list[Any], inner: Any, key: int) -> int:
    if _first_time(key):
        raise Broken("not yet")
    return _total(values)


@task
async def async_nest(values: list[Any], inner: Plan, key: int) -> int:
    return _total(values) + await Carrying(inner, ASYNC).out_async()


@task
async def async_subflow(values: list[Any], inner: Plan, key: int) -> int:
    return _total(values) + await asynchronous(inner)


@task(timeout_seconds=0.01)
async def async_late(values: list[Any], inner: Any, key: int) -> int:
    await asyncio.sleep(0.04)
    return _total(values)


@task(timeout_seconds=0.3, retries=1)
async def async_tardy(values: list[Any], inner: Any, key: int) -> int:
    if _first_time(key):
        await asyncio.sleep(0.5)
    return _total(values)


@flow(name="async_flow", validate_parameters=False)
async def as_async_flow(values: list[Any], inner: Plan, key: int) -> int:
    return _total(values) + await Carrying(inner, ASYNC).out_async()


@flow(validate_parameters=False)
async def asynchronous(plan: Any) -> int:
    return await Carrying(plan, ASYNC).out_async()


PLAIN = {
    "add": add,
    "fails": fails,
    "flaky": flaky,
    "late": late,
    "tardy": tardy,
    "nest": nest,
    "subflow": subflow,
    "flow": as_flow,
}
ASYNC = {
    "add": async_add,
    "fails": async_fails,
    "flaky": async_flaky,
    "late": async_late,
    "tardy": async_tardy,
    "nest": async_nest,
    "subflow": async_subflow,
    "flow": as_async_flow,
}


class Carrying:
    """A plan on its way: for each step the futures or states that it gave."""

    def __init__(self, plan: Plan, tasks: dict[str, Any]) -> None:
        self.plan = plan
        self.tasks = tasks
        self.made: list[list[Any]] = []

    def out(self) -> int:
        """Carries it out in a sync run."""
        for step in self.plan.steps:
            self.made.append(self._asked(step) or [call() for call in self._calls(step)])
        return self._worth()

    async def out_async(self) -> int:
        """Carries it out in an async run."""
        for step in self.plan.steps:
            self.made.append(self._asked(step) or await asyncio.gather(*(call() for call in self._calls(step))))
        return self._worth()

    def _asked(self, step: Step) -> list[Any]:
        """Futures; none where the step is made of calls."""
        one, values, upstream = self.tasks[step.kind], self._values(step), self._upstream(step)
        if step.way == "submit":
            return [one.submit(values, step.inner, _key(), wait_for=upstream)]
        if step.way == "map":
            keys = [_key() for _ in range(ITEMS)]
            return list(one.map([[number, *values] for number in range(ITEMS)], step.inner, keys, wait_for=upstream))
        return []

    def _calls(self, step: Step) -> list[Callable[[], Any]]:
        one, values, upstream = self.tasks[step.kind], self._values(step), self._upstream(step)
        items = [[number, *values] for number in range(ITEMS)] if step.way == "gather" else [values]
        return [partial(one, item, step.inner, _key(), wait_for=upstream, return_state=True) for item in items]

    def _upstream(self, step: Step) -> list[Any]:
        return [self.made[index] for index in step.upstream]

    def _values(self, step: Step) -> list[Any]:
        values: list[Any] = []
        for given in step.given:
            if given.step is None:
                values.append(given.number)
            else:
                values += [allow_failure(each) if given.may_fail else each for each in self.made[given.step]]
        return values

    def _worth(self) -> int:
        futures = [each for made in self.made for each in made if isinstance(each, HeadraceFuture)]
        if self.plan.reading == "wait":
            wait(futures)
        elif self.plan.reading == "as_completed":
            assert set(as_completed(futures)) == set(futures)
        return self.plan.worth([[_came(each) for each in made] for made in self.made])


def _came(made: Any) -> Came:
    if isinstance(made, HeadraceFuture):
        made.wait()
        made = made.state
    return Came(made.name, made.result_here() if made.is_completed() else 0)


def _key() -> int:
    return random.getrandbits(62)
