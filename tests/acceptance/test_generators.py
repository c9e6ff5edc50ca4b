"""Generators as flows and tasks: the run lasts as long as somebody iterates, and always comes to an end."""

import asyncio
import gc
import subprocess
import sys
import weakref
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from headrace import flow, task
from headrace.exceptions import ParameterBindError, ParameterTypeError
from headrace.runtime import flow_run, task_run
from tests.acceptance.generators import GENERATORS, AsyncGenerators, Generators
from tests.acceptance.stored import Stored


@pytest.fixture(params=GENERATORS)
def form(request: pytest.FixtureRequest) -> Iterator[Generators]:
    """Generators, then async generators."""
    form = GENERATORS[request.param]()
    yield form
    form.end()


class Table:
    """A value that takes weak references."""


def test_a_flow_is_running_between_its_items_and_completed_when_exhausted(form: Generators, stored: Stored) -> None:
    def count(to: int) -> Any:
        yield from range(to)

    numbers = flow(form.made_of(count))("2")
    assert stored.flow_runs() == []
    assert form.next(numbers) == 0
    assert stored.flow_run().state_name == "Running"
    assert form.next(numbers) == 1
    with pytest.raises(form.ended):
        form.next(numbers)
    run = stored.flow_run()
    assert (stored.history(run), run.parameters) == (["Pending", "Running", "Completed"], {"to": 2})


def test_a_generator_that_raises_has_failed(form: Generators, stored: Stored) -> None:
    def break_off() -> Any:
        yield 1
        raise ValueError("no more")

    for decorate in (flow, task):
        items = decorate(form.made_of(break_off))()
        assert form.next(items) == 1
        with pytest.raises(ValueError, match="no more") as caught:
            form.next(items)
        assert caught.value.__context__ is None
    assert [stored.flow_run().state_name, stored.task_run().state_name] == ["Failed", "Failed"]
    assert "ValueError: no more" in str(stored.states(stored.flow_run())[-1].message)


@pytest.mark.parametrize("decorate", [flow, task])
def test_a_generator_that_is_closed_early_ends_well(decorate: Any, form: Generators, stored: Stored) -> None:
    closed: list[str] = []

    def count() -> Any:
        try:
            yield 1
            yield 2
        finally:
            closed.append("closed")

    items = decorate(form.made_of(count))()
    assert form.next(items) == 1
    form.close(items)
    assert closed == ["closed"]
    with pytest.raises(form.ended):
        form.next(items)
    run = stored.flow_run() if decorate is flow else stored.task_run()
    assert stored.history(run) == ["Pending", "Running", "Completed" if decorate is flow else "RolledBack"]


def test_what_is_raised_while_closing_fails_the_run_and_reaches_the_consumer(form: Generators, stored: Stored) -> None:
    def count() -> Any:
        try:
            yield 1
        finally:
            raise ValueError("cannot close")

    items = flow(form.made_of(count))()
    form.next(items)
    with pytest.raises(ValueError, match="cannot close"):
        form.close(items)
    assert stored.flow_run().state_name == "Failed"


def test_what_the_consumer_sends_and_throws_reaches_the_generator(form: Generators, stored: Stored) -> None:
    def talk() -> Any:
        heard = yield "first"
        try:
            yield f"heard {heard}"
        except KeyError as error:
            yield f"caught {error}"

    words = flow(form.made_of(talk))()
    assert [form.next(words), form.send(words, "hello"), form.throw(words, KeyError("x"))] == [
        "first",
        "heard hello",
        "caught 'x'",
    ]
    assert form.all(words) == []
    assert stored.flow_run().state_name == "Completed"


def test_what_the_consumer_throws_and_nobody_catches_fails_the_run(form: Generators, stored: Stored) -> None:
    def count() -> Any:
        yield 1

    items = task(form.made_of(count))()
    form.next(items)
    with pytest.raises(KeyError):
        form.throw(items, KeyError("x"))
    assert stored.history(stored.task_run()) == ["Pending", "Running", "Failed"]


def test_a_generator_that_nobody_iterates_over_never_ran(form: Generators, stored: Stored) -> None:
    def count() -> Any:
        yield 1

    unused = flow(form.made_of(count))()
    form.close(unused)
    assert stored.flow_runs() == []


def test_a_call_that_does_not_fit_is_refused_when_it_is_made(form: Generators, stored: Stored) -> None:
    def count(to: int) -> Any:
        yield to

    for decorate in (flow, task):
        with pytest.raises(ParameterBindError, match="missing a required argument: 'to'"):
            decorate(form.made_of(count))()
        with pytest.raises(ValueError, match="no final state before it is exhausted"):
            decorate(form.made_of(count))(1, return_state=True)
    with pytest.raises(ParameterTypeError, match="to: Input should be a valid integer"):
        form.next(flow(form.made_of(count))("many"))
    assert stored.history(stored.flow_run()) == ["Pending", "Failed"]


def test_the_consumer_is_not_inside_of_the_run_that_it_iterates_over(form: Generators) -> None:
    seen: list[Any] = []

    def count() -> Any:
        seen.append((flow_run.flow_name, task_run.name))
        yield 1
        seen.append((flow_run.flow_name, task_run.name))

    items = task(name="inner")(form.made_of(count))()
    form.next(items)
    assert task_run.name is None
    form.all(items)
    assert task_run.name is None
    assert [str(name)[:6] for _, name in seen] == ["inner-", "inner-"]


def test_an_item_lives_no_longer_than_its_consumer_wants(form: Generators) -> None:
    def make() -> Any:
        yield Table()
        yield None

    items = task(form.made_of(make))()
    gone = weakref.ref(form.next(items))
    gc.collect()
    assert gone() is None
    form.close(items)


def test_each_item_is_a_source_of_what_it_is_given_to(stored: Stored) -> None:
    @task
    def parts() -> Iterator[Table]:
        yield Table()
        yield Table()

    @flow
    def tables() -> Iterator[Table]:
        yield Table()

    @task
    def load(part: Any) -> None:
        return None

    @flow
    def pipeline() -> None:
        for part in parts():
            load(part)
        load(list(tables()))

    pipeline()
    runs = [run for run in stored.task_runs() if run.name.startswith("load")]
    source, subflow = stored.task_run("parts").id, stored.task_run("tables").id
    assert [stored.inputs(run) for run in runs] == [{"part": [source]}, {"part": [source]}, {"part": [subflow]}]


def test_an_async_generator_feeds_tasks_in_an_async_flow(stored: Stored) -> None:
    @task
    async def parts() -> AsyncIterator[Table]:
        yield Table()
        await asyncio.sleep(0)
        yield Table()

    @task
    async def load(part: Any) -> None:
        return None

    @flow
    async def pipeline() -> None:
        async for part in parts():
            await load(part)

    asyncio.run(pipeline())
    source = stored.task_run("parts").id
    runs = [run for run in stored.task_runs() if run.name.startswith("load")]
    assert [stored.inputs(run) for run in runs] == [{"part": [source]}] * 2


def test_a_generator_that_is_collected_has_ended(stored: Stored) -> None:
    @flow
    def count() -> Iterator[int]:
        yield 1
        yield 2

    class Holder:
        pass

    items = count()
    next(items)
    del items
    assert stored.flow_run().state_name == "Completed"

    holder = Holder()
    holder.items = count()
    holder.itself = holder
    next(holder.items)
    del holder
    gc.collect()
    assert [run.state_name for run in stored.flow_runs()] == ["Completed"] * 2


def test_an_async_generator_that_is_left_has_ended_with_its_loop(stored: Stored) -> None:
    @task
    async def count() -> AsyncIterator[int]:
        yield 1
        yield 2

    @flow
    async def look() -> int:
        async for number in count():
            return number
        return 0

    assert asyncio.run(look()) == 1
    assert stored.task_run().state_name == "RolledBack"


def test_an_async_generator_whose_consumer_is_cancelled_has_crashed(stored: Stored) -> None:
    @flow
    async def wait() -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()

    async def main() -> None:
        items = wait()
        assert await anext(items) == 1
        waiting = asyncio.ensure_future(anext(items))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(main())
    assert stored.flow_run().state_name == "Crashed"


@pytest.mark.parametrize("form", ["sync", "async"])
def test_a_generator_that_still_waits_at_the_end_of_the_process_has_ended(
    form: str, tmp_path: Path, stored: Stored
) -> None:
    script = tmp_path / "script.py"
    source = """
        import asyncio
        from headrace import flow, task

        @task
        def inner():
            try:
                yield 1
            finally:
                print("closed")

        @flow
        def sync():
            for each in inner():
                yield each

        @flow
        async def asynchronous():
            yield 1

        loop = asyncio.new_event_loop()
        if FORM == "sync":
            items = sync()
            print(next(items))
        else:
            items = asynchronous()
            print(loop.run_until_complete(items.__anext__()))
    """
    script.write_text(dedent(source).replace("FORM", repr(form)), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == (["1", "closed"] if form == "sync" else ["1"])
    assert "Exception ignored" not in done.stderr
    assert stored.flow_run().state_name == "Completed"


def test_methods_may_be_generators(stored: Stored) -> None:
    class Source:
        def __init__(self, items: list[int]) -> None:
            self.items = items

        @task
        def each(self) -> Iterator[int]:
            yield from self.items

    assert list(Source([1, 2]).each()) == [1, 2]
    assert stored.task_run().state_name == "Completed"


def test_two_generators_take_turns(stored: Stored) -> None:
    form = AsyncGenerators()

    def count(name: str) -> Any:
        for number in range(2):
            yield name, number, str(task_run.name)[:1]

    first, second = (task(name=name)(form.made_of(count))(name) for name in "ab")
    seen = [form.next(each) for each in (first, second, first, second)]
    assert seen == [("a", 0, "a"), ("b", 0, "b"), ("a", 1, "a"), ("b", 1, "b")]
    assert (form.all(first), form.all(second)) == ([], [])
    assert [run.state_name for run in stored.task_runs()] == ["Completed"] * 2
    form.end()
