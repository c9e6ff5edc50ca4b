"""Runs inside one process: no-op tasks, one by one, mapped and gathered, no-op subflows, and the memory of many.

Foreground is what the flow waits for; stored is the whole process with so many tasks, less the same process with one,
so that what is drained at the end counts. Ours is embedded; the peer has its server running. Lines go to /dev/null
where no pipe is said.
"""

import json
import statistics
import time
from collections.abc import Sequence

from benchmarks.bench import Bench, timed
from benchmarks.figures import Figure, Row, Side, Target, of_repeats

__all__ = ["ROWS"]

GATHERED = 10_000
MEMORY_TASKS = 100_000
LARGE_RESULTS = 100


def environment_of(bench: Bench, side: Side) -> dict[str, str]:
    """Embedded for us, a server for the peer."""
    home = bench.new_home()
    return bench.environment(side, home) if side == "ours" else bench.peer_environment(home)


def printed_numbers(bench: Bench, side: Side, program: str, count: int, repeats: int) -> Sequence[float]:
    """What a program prints as its measure, several times."""
    file = bench.program(program, side)
    environment = environment_of(bench, side)
    runs = [bench.run(side, [file, str(count)], environment, errors_to_pipe=False) for _ in range(repeats)]
    return [float(done.stdout) for done in runs]


def stored_seconds(bench: Bench, side: Side, program: str, count: int, repeats: int, *, pipe: bool) -> list[float]:
    """Seconds of the whole process with `count` tasks, beyond those of the process with one."""
    file = bench.program(program, side)
    environment = environment_of(bench, side)
    few = [
        timed(lambda: bench.run(side, [file, "1"], environment, errors_to_pipe=pipe)) for _ in range(max(repeats, 3))
    ]
    many = [
        timed(lambda: bench.run(side, [file, str(count)], environment, errors_to_pipe=pipe)) for _ in range(repeats)
    ]
    return [(whole - statistics.median(few)) / 1000 for whole in many]


def tasks(bench: Bench, side: Side) -> int:
    """How many tasks tell enough; the peer needs milliseconds for each."""
    return bench.repeats(20_000, 5_000) if side == "ours" else bench.repeats(500, 100)


def task_in_foreground(bench: Bench, side: Side) -> Figure:
    """Microseconds that a flow waits for a task."""
    return of_repeats(printed_numbers(bench, side, "tasks", tasks(bench, side), bench.repeats(5, 2)))


def task_stored(bench: Bench, side: Side) -> Figure:
    """Microseconds of a task with all that it leaves."""
    count = tasks(bench, side)
    seconds = stored_seconds(bench, side, "tasks", count, bench.repeats(5, 2), pipe=False)
    return of_repeats([value / count * 1e6 for value in seconds])


def task_on_pipe(bench: Bench, side: Side) -> Figure:
    """The same with somebody reading its lines."""
    count = tasks(bench, side)
    seconds = stored_seconds(bench, side, "tasks", count, bench.repeats(5, 2), pipe=True)
    return of_repeats([value / count * 1e6 for value in seconds])


def at_once(program: str, bench: Bench, side: Side) -> Figure:
    """Seconds of 10,000 tasks that a program asks for at once."""
    count = GATHERED if side == "ours" else bench.repeats(500, 100)
    seconds = stored_seconds(bench, side, program, count, bench.repeats(5, 2) if side == "ours" else 1, pipe=False)
    note = "" if count == GATHERED else f"{count} measured, scaled"
    return of_repeats([value * GATHERED / count for value in seconds], note)


def mapped(bench: Bench, side: Side) -> Figure:
    """On threads."""
    return at_once("map", bench, side)


def in_processes(bench: Bench, side: Side) -> Figure:
    """In a pool of two, once both are there."""
    count = bench.repeats(2_000, 500) if side == "ours" else bench.repeats(200, 50)
    return of_repeats(printed_numbers(bench, side, "process_pool", count, bench.repeats(3, 1)))


def start_of_processes(bench: Bench, side: Side) -> Figure:
    """Until the first of a pool hands back its first result."""
    return of_repeats(printed_numbers(bench, side, "process_pool", 0, bench.repeats(5, 2)))


def gathered(bench: Bench, side: Side) -> Figure:
    """On the loop."""
    return at_once("gather", bench, side)


def gathered_thousand(bench: Bench, side: Side) -> Figure:
    """Milliseconds of fewer, as scripts have them."""
    repeats = bench.repeats(5, 2) if side == "ours" else 1
    return of_repeats([value * 1000 for value in stored_seconds(bench, side, "gather", 1_000, repeats, pipe=False)])


def submission(what: str, bench: Bench, side: Side, *options: str) -> Figure:
    """Microseconds from `submit` on, for tasks that are submitted one after the other: their median, the worst told."""
    count = bench.repeats(2_000, 200) if side == "ours" else bench.repeats(200, 50)
    file, environment = bench.program("submit", side), environment_of(bench, side)
    runs = [
        json.loads(bench.run(side, [file, str(count), *options], environment, errors_to_pipe=False).stdout)[what]
        for _ in range(bench.repeats(5, 2) if side == "ours" else 1)
    ]
    worst = statistics.median(late for _, late in runs)
    return of_repeats([half for half, _ in runs], f"p99 {worst:,.0f} us")


def submit_to_beginning(bench: Bench, side: Side) -> Figure:
    """Until the task's function is called."""
    return submission("beginning", bench, side)


def submit_to_result(bench: Bench, side: Side) -> Figure:
    """Until who submitted it has its result."""
    return submission("result", bench, side)


def executor_to_beginning(bench: Bench) -> Figure:
    """The same for functions on a bare ThreadPoolExecutor."""
    return submission("beginning", bench, "ours", "executor")


def executor_to_result(bench: Bench) -> Figure:
    """The same, with the way back."""
    return submission("result", bench, "ours", "executor")


def subflow(bench: Bench, side: Side) -> Figure:
    """Milliseconds that a flow waits for a flow that does nothing."""
    count = bench.repeats(500, 100) if side == "ours" else bench.repeats(10, 3)
    return of_repeats(printed_numbers(bench, side, "subflows", count, bench.repeats(5, 2) if side == "ours" else 1))


def subflow_over_http(bench: Bench, side: Side) -> Figure:
    """The same for a script that reports to a server."""
    url = f"http://127.0.0.1:{bench.server('ours').port}/api"
    environment = bench.environment("ours", bench.new_home(), HEADRACE_API_URL=url)
    file, count = bench.program("subflows", "ours"), str(bench.repeats(200, 50))
    runs = [bench.run("ours", [file, count], environment, errors_to_pipe=False) for _ in range(bench.repeats(5, 2))]
    return of_repeats([float(done.stdout) for done in runs])


def memory_of(how: str, bench: Bench) -> Figure:
    """Megabytes at the peak; the process is new each time, for a peak never falls."""
    environment = bench.environment("ours", bench.new_home())
    count = bench.repeats(MEMORY_TASKS, 20_000)
    done = bench.run("ours", [bench.program("memory", "ours"), how, str(count)], environment, errors_to_pipe=False)
    return Figure(float(done.stdout), note="" if count == MEMORY_TASKS else f"{count} tasks")


def memory_direct(bench: Bench, side: Side) -> Figure:
    """Called one after the other."""
    return memory_of("direct", bench)


def memory_map(bench: Bench, side: Side) -> Figure:
    """Mapped: each has a future, which the flow holds."""
    return memory_of("map", bench)


def memory_gather(bench: Bench, side: Side) -> Figure:
    """Gathered at once: each is an asyncio task meanwhile."""
    return memory_of("gather", bench)


def memory_results(bench: Bench, side: Side) -> Figure:
    """Called one after the other, with results that the caller drops: bytes, lists and objects in turn."""
    return memory_of("results", bench)


def memory_large(bench: Bench, side: Side) -> Figure:
    """The same, few and large."""
    environment = bench.environment("ours", bench.new_home())
    program = bench.program("memory", "ours")
    done = bench.run("ours", [program, "large", str(LARGE_RESULTS)], environment, errors_to_pipe=False)
    return Figure(float(done.stdout))


def large_arguments(bench: Bench, side: Side) -> Figure:
    """Milliseconds of the slowest kind, before and after there is a state in the process."""
    program = bench.program("large_arguments", "ours")
    done = bench.run("ours", [program], bench.environment("ours", bench.new_home()), errors_to_pipe=False)
    taken: dict[str, float] = json.loads(done.stdout)
    slowest = max(taken, key=lambda name: taken[name])
    return Figure(taken[slowest], note=f"of {len(taken)} kinds, {slowest}")


def bare_call(bench: Bench) -> Figure:
    """A Python function that does nothing, in microseconds."""

    def nothing(number: int) -> None:
        return None

    count = 1_000_000
    started = time.perf_counter()
    for number in range(count):
        nothing(number)
    return Figure((time.perf_counter() - started) / count * 1e6)


def bare_gather(bench: Bench) -> Figure:
    """asyncio.gather of coroutines that do nothing, in seconds."""
    program = (
        "import asyncio, json, time\n"
        "async def nothing(number): return None\n"
        "async def many():\n"
        "    started = time.perf_counter()\n"
        f"    await asyncio.gather(*(nothing(n) for n in range({GATHERED})))\n"
        "    return time.perf_counter() - started\n"
        "print(json.dumps(asyncio.run(many())))"
    )
    return Figure(json.loads(bench.run("ours", ["-c", program], bench.environment("ours", bench.new_home())).stdout))


ROWS = (
    Row("task", "no-op task run in a flow, foreground", "us", Target(15), task_in_foreground, bare_call),
    Row("task-stored", "no-op task run, stored, its line in the stream", "us", Target(38), task_stored, bare_call),
    Row("task-pipe", "the same with its line on a pipe", "us", Target(60), task_on_pipe),
    Row("map", "`.map` of 10,000 no-op tasks on threads, stored", "s", Target(0.6), mapped),
    Row("gather", "`asyncio.gather` of 10,000, stored", "s", Target(0.8), gathered, bare_gather),
    Row("gather-1000", "`asyncio.gather` of 1,000 async tasks, stored", "ms", Target(80), gathered_thousand),
    Row(
        "submit",
        "`task.submit()` to the first line of the task",
        "us",
        Target(100),
        submit_to_beginning,
        executor_to_beginning,
    ),
    Row("submit-result", "`task.submit()` to its result", "us", Target(200), submit_to_result, executor_to_result),
    Row("processes", "no-op task run in a pool of two processes", "us", Target(2_000), in_processes),
    Row("processes-start", "start of a pool of processes, to its first result", "ms", Target(500), start_of_processes),
    Row("subflow", "no-op subflow, embedded", "ms", Target(0.6), subflow),
    Row("subflow-http", "no-op subflow, over HTTP", "ms", Target(5), subflow_over_http, has_peer=False),
    Row("memory", "100,000 tasks in one flow, added memory", "MB", Target(50), memory_direct, has_peer=False),
    Row("memory-map", "the same, mapped", "MB", Target(50), memory_map, has_peer=False),
    Row("memory-gather", "the same, gathered", "MB", Target(120), memory_gather, has_peer=False),
    Row("memory-results", "the same, with results that are dropped", "MB", Target(50), memory_results, has_peer=False),
    Row("memory-large", "1.6 GB of results, dropped one by one", "MB", Target(100), memory_large, has_peer=False),
    Row("arguments", "task given 1 GB, or 10,000,000 items", "ms", Target(5), large_arguments, has_peer=False),
)
