"""Whole processes: what importing costs, and a hello world from the start of the interpreter to its end.

Ours is embedded: no server, a new home. The peer's hello world starts its temporary server, as it does by default.
"""

import subprocess

from benchmarks.bench import Bench, timed
from benchmarks.figures import Figure, Row, Side, Target, of_repeats

__all__ = ["ROWS"]


def importing(bench: Bench, side: Side) -> Figure:
    """`from headrace import flow, task`, less what the bare interpreter takes."""
    module = "headrace" if side == "ours" else "prefect"
    environment = bench.environment(side, bench.new_home())
    statement = f"from {module} import flow, task"
    bench.run(side, ["-c", statement], environment)
    bare = bench.bare_milliseconds
    return of_repeats(
        [timed(lambda: bench.run(side, ["-c", statement], environment)) - bare for _ in range(bench.repeats(21))]
    )


def hello(name: str, bench: Bench, side: Side) -> Figure:
    """The program, each time on a home that it has to make."""
    program = bench.program(name, side)
    repeats = bench.repeats(15) if side == "ours" else bench.repeats(3, 1)
    bench.run(
        side,
        ["-c", "import " + ("headrace" if side == "ours" else "prefect")],
        bench.environment(side, bench.new_home()),
    )
    return of_repeats(
        [timed(lambda: bench.run(side, [program], bench.environment(side, bench.new_home()))) for _ in range(repeats)]
    )


def hello_plain(bench: Bench, side: Side) -> Figure:
    """A flow and a task with plain parameters."""
    return hello("hello", bench, side)


def hello_typed(bench: Bench, side: Side) -> Figure:
    """A parameter that pydantic has to validate."""
    return hello("hello_typed", bench, side)


def help_text(bench: Bench, side: Side) -> Figure:
    """The command line's own help."""
    environment = bench.environment(side, bench.new_home())
    command = [bench.command(side), "--help"]

    def ask() -> None:
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, timeout=60, check=True)

    ask()
    return of_repeats([timed(ask) for _ in range(bench.repeats(11))])


def bare(bench: Bench) -> Figure:
    """The interpreter alone."""
    return Figure(bench.bare_milliseconds)


ROWS = (
    Row("import", "`from headrace import flow, task`, over bare Python", "ms", Target(60), importing),
    Row("hello", "hello world, whole process, embedded", "ms", Target(150), hello_plain, bare),
    Row("hello-typed", "the same with a parameter for pydantic", "ms", Target(300), hello_typed, bare),
    Row("help", "`headrace --help`", "ms", Target(250), help_text, bare),
)
