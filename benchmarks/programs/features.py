"""What a feature costs: `features.py FEATURE COUNT`. Prints, as JSON, the cost of a no-op task run that uses it, and of
a plain one in the same process afterwards; without arguments, the names of the features.

Time is a call's in the foreground, and the processor's for all of it, what is stored included. Beside it stand figures
without noise: the Python functions that one call enters in this thread, and the bytecode instructions it executes.
"""

import asyncio
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from types import FrameType, MappingProxyType
from typing import Any

from headrace import flow, get_run_logger, tags, task

WARM = 300
COUNTED = 10
BURST = 100  # calls right before each that is counted: the first lines of a moment are written to the console at once

Call = Callable[[int], object]


@dataclass(frozen=True)
class Feature:
    """`use()` uses it, and returns a no-op task run that does, to be called `inside` of a flow with these options.

    What a setting turns on for a whole process, its `environment` does: nothing is beside it.
    """

    use: Callable[[], Call | None]
    inside: Callable[[], AbstractContextManager[object]]
    environment: Mapping[str, str]
    flow_options: dict[str, Any]


FEATURES: dict[str, Feature] = {}


def feature(
    name: str,
    inside: Callable[[], AbstractContextManager[object]] = nullcontext,
    environment: Mapping[str, str] = MappingProxyType({}),
    **flow_options: Any,
) -> Callable[[Callable[[], Call | None]], None]:
    """Enters a feature by what users call it."""

    def enter(use: Callable[[], Call | None]) -> None:
        FEATURES[name] = Feature(use, inside, environment, flow_options)

    return enter


@task
def nothing(number: int) -> None:
    return None


@feature("retries")
def _() -> Call:
    left = iter((True, False))

    @task(retries=1)
    def unsteady() -> None:
        if next(left):
            raise ValueError("once")

    flow(unsteady)()
    return task(nothing.fn, retries=2, retry_delay_seconds=[1, 2])


@feature("a condition for retries")
def _() -> Call:
    @task(retries=1, retry_condition_fn=lambda task, run, state: False)
    def failing() -> None:
        raise ValueError("for good")

    @flow
    def handling() -> None:
        with suppress(ValueError):
            failing()

    handling()
    return task(nothing.fn, retries=2, retry_condition_fn=lambda task, run, state: True)


@feature("a flow with retries", retries=1)
def _() -> Call:
    return nothing


@feature("hooks")
def _() -> Call:
    def noted(task: Any, run: Any, state: Any) -> None: ...

    hooked = task(nothing.fn, on_completion=[noted])
    flow(lambda: hooked(1), on_completion=[noted])()
    return hooked


@feature("failures")
def _() -> None:
    @task
    def failing() -> None:
        raise ValueError("as it should")

    @flow
    def handling() -> None:
        with suppress(ValueError):
            failing()

    handling()


@feature("a run's name by a template")
def _() -> Call:
    return task(nothing.fn, task_run_name="number-{number}")


@feature("a run's name by a function")
def _() -> Call:
    return task(nothing.fn, task_run_name=lambda: "a name")


@feature("tags of a task")
def _() -> Call:
    return task(nothing.fn, tags={"a", "b"})


@feature("tags of a block", inside=lambda: tags("a", "b"))
def _() -> Call:
    return nothing


@feature("return_state=True")
def _() -> Call:
    return partial(nothing, return_state=True)


@feature("a state as an argument")
def _() -> Call:
    from headrace.states import Completed

    state: Any = Completed(data=1)
    return lambda number: nothing(state)


@feature("an annotated argument")
def _() -> Call:
    from headrace.utilities.annotations import quote

    quoted: Any = quote(1)
    return lambda number: nothing(quoted)


@feature("a list of 10 results as an argument")
def _() -> Call:
    made: Any = [object() for _ in range(10)]
    return lambda number: nothing(made)


@feature("wait_for")
def _() -> Call:
    waited = [object()]
    return partial(nothing, wait_for=waited)


@feature("a generator")
def _() -> Call:
    @task
    def items(number: int) -> Iterator[int]:
        yield number

    return lambda number: list(items(number))


@feature("a method")
def _() -> Call:
    class Owner:
        @task
        def method(self, number: int) -> None:
            return None

    owner = Owner()
    return lambda number: owner.method(number)  # noqa: PLW0108 - a method is bound at each call


@feature("coroutines")
def _() -> None:
    @task
    async def coroutine(number: int) -> None:
        return None

    @flow
    async def gathering() -> None:
        await asyncio.gather(*(coroutine(number) for number in range(10)))

    asyncio.run(gathering())


@feature("subflows")
def _() -> None:
    @flow
    def inner() -> None:
        nothing(1)

    @flow
    def outer() -> None:
        inner()
        inner(return_state=True)

    outer()


@feature("validated parameters, a flow run's name")
def _() -> None:
    from pydantic import BaseModel

    class Limits(BaseModel):
        most: int

    def limited(limits: Limits, names: list[str]) -> None:
        nothing(limits.most)

    limits: Any = {"most": "3"}
    flow(limited, flow_run_name="most {limits.most}")(limits, ["a"])


@feature("a line of get_run_logger()")
def _() -> Call:
    @task
    def saying(number: int) -> None:
        get_run_logger().info("a line")

    return saying


@feature("log_prints")
def _() -> Call:
    @task(log_prints=True)
    def printing() -> None:
        print("a line")

    flow(printing.fn, log_prints=True)()
    printing()
    return task(nothing.fn, log_prints=True)


@feature("hooks")
def _() -> Call:
    called: list[object] = []

    def heard(job: object, run: object, state: object) -> None:
        called.append(state)

    flow(lambda: None, name="heard", on_running=[heard], on_completion=[heard])()
    assert len(called) == 2
    return task(nothing.fn, on_running=[heard], on_completion=[heard])


@feature("submit and map")
def _() -> Call:
    @flow
    def submitting() -> None:
        nothing.map(range(10)).wait()
        nothing.submit(1).result()

    submitting()
    return lambda number: nothing.submit(number).wait()


@feature("a future as an argument")
def _() -> None:
    @flow
    def handing_on() -> None:
        made: Any = nothing.submit(1)
        nothing(made)
        nothing.submit([made]).wait()

    handing_on()


@feature("extra loggers", environment={"HEADRACE_LOGGING_EXTRA_LOGGERS": "some.library"})
def _() -> Call:
    return nothing


@feature("lines as JSON", environment={"HEADRACE_LOGGING_HANDLERS_CONSOLE_FORMATTER": "json"})
def _() -> Call:
    return nothing


@contextmanager
def own_handler() -> Generator[None]:
    """A handler of the user's for the lines of runs: each then goes through the machinery of logging."""
    with open(os.devnull, "w", encoding="utf-8") as sink:
        handler = logging.StreamHandler(sink)
        logging.getLogger("headrace").addHandler(handler)
        try:
            yield
        finally:
            logging.getLogger("headrace").removeHandler(handler)


@feature("a handler of one's own for the lines of runs", inside=own_handler)
def _() -> Call:
    return nothing


@feature("headrace.runtime")
def _() -> Call:
    from headrace.runtime import flow_run, task_run

    @task
    def asking(number: int) -> object:
        return task_run.name and flow_run.name and None

    return asking


@feature("headrace.context")
def _() -> Call:
    from headrace.context import TaskRunContext

    @task
    def asking(number: int) -> None:
        TaskRunContext.get()

    return asking


@feature("the client")
def _() -> None:
    from headrace import get_client

    with get_client(sync_client=True) as client:
        client.read_flow_runs()


def cost(call: Call, count: int, feature: Feature | None = None) -> dict[str, float]:
    """Of one call, in a flow."""

    def timed() -> float:
        with inside():
            for number in range(WARM):
                call(number)
            started = time.perf_counter()
            for number in range(count):
                call(number)
            return time.perf_counter() - started

    def counted() -> tuple[int, int]:
        with inside():
            for number in range(WARM):
                call(number)
            return functions_entered(call), instructions_executed(call)

    inside = feature.inside if feature is not None else nullcontext
    options = feature.flow_options if feature is not None else {}
    before = time.process_time()
    elapsed = flow(**options)(timed)()
    used = time.process_time() - before
    functions, instructions = flow(**options)(counted)()
    return {
        "functions": functions,
        "instructions": instructions,
        "foreground": elapsed / count * 1e6,
        "processor": used / (count + WARM) * 1e6,
    }


def burst(call: Call) -> None:
    for number in range(BURST):
        call(number)


def functions_entered(call: Call) -> int:
    """Into Python functions, generators that go on among them; the least of several calls, as any would be alone."""

    def watched(number: int) -> int:
        entered = 0

        def watch(frame: FrameType, event: str, argument: object) -> None:
            nonlocal entered
            entered += event == "call"

        burst(call)
        sys.setprofile(watch)
        call(number)
        sys.setprofile(None)
        return entered

    return min(watched(number) for number in range(COUNTED))


def instructions_executed(call: Call) -> int:
    """Instructions of Python's virtual machine, in all the functions that a call enters."""

    def watched(number: int) -> int:
        executed = 0

        def watch(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal executed
            frame.f_trace_opcodes = True
            executed += event == "opcode"
            return watch

        burst(call)
        sys._getframe().f_trace_opcodes = True  # Python 3.12 looks whether any frame wants them as tracing begins.
        sys.settrace(watch)
        call(number)
        sys.settrace(None)
        return executed

    return min(watched(number) for number in range(COUNTED))


def main(name: str, count: int) -> dict[str, dict[str, float]]:
    """The costs of the feature, and of a plain task beside it; "plain" is no feature at all."""
    feature = FEATURES.get(name)
    if feature is not None:
        os.environ.update(feature.environment)
    nothing(0)  # What the first run of a process opens is no feature's cost.
    if feature is None:
        return {"beside": cost(nothing, count)}
    call = feature.use()
    using = {} if call is None else {"using": cost(call, count, feature)}
    return using if feature.environment else {**using, "beside": cost(nothing, count)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2])) if sys.argv[1:] else list(FEATURES)))
