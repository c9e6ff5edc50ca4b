"""What features cost: a no-op task that uses one, and a plain one in a process where it was used, beside a plain one in
a process that never heard of it.

Times differ from run to run by more than most features cost; the functions that a call enters, and the bytecode
instructions that it executes, do not. What is not used is held to 0 by the former.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Row, Side, Target

__all__ = ["ROWS", "Cost", "costs_of", "features"]

PLAIN = "plain"


@dataclass(frozen=True)
class Cost:
    """Of one task run: Python functions entered, bytecode instructions, microseconds in the foreground and in all."""

    functions: int
    instructions: int
    foreground: float
    processor: float


def features(bench: Bench) -> list[str]:
    """The names of the features."""
    program = bench.program("features", "ours")
    return json.loads(bench.run("ours", [program], bench.environment("ours", bench.new_home())).stdout)


def costs_of(bench: Bench, feature: str, count: int) -> Mapping[str, Cost]:
    """Those of a task "using" it, where there can be one, and of a plain one "beside" it, in one process."""
    environment = bench.environment("ours", bench.new_home())
    program = bench.program("features", "ours")
    done = bench.run("ours", [program, feature, str(count)], environment, errors_to_pipe=False)
    return {which: Cost(**told) for which, told in json.loads(done.stdout).items()}


def least(costs: Sequence[Cost]) -> Cost:
    """The least of several processes: what else the machine does makes times longer, and never shorter."""
    return Cost(
        min(cost.functions for cost in costs),
        min(cost.instructions for cost in costs),
        min(cost.foreground for cost in costs),
        min(cost.processor for cost in costs),
    )


def unused(bench: Bench, side: Side) -> Figure:
    """The functions that the worst of the features adds to a task that does not use it."""
    names = [PLAIN, *features(bench)]
    count = bench.repeats(5_000, 300)
    # Round after round, so that a busy minute of the machine falls on all of them.
    rounds = [{name: costs_of(bench, name, count) for name in names} for _ in range(bench.repeats(5, 1))]
    costs = {
        name: {which: least([each[name][which] for each in rounds]) for which in rounds[0][name]} for name in names
    }
    plain = costs[PLAIN]["beside"]
    beside = [cost["beside"] for cost in costs.values() if "beside" in cost]
    instructions = max(cost.instructions for cost in beside) - plain.instructions
    note = f"of {plain.functions}; {instructions} of {plain.instructions} instructions; {len(names) - 1} features"
    worst = max(cost.functions for cost in beside) - plain.functions
    return Figure(worst, note=note, details=as_markdown(costs))


def as_markdown(costs: Mapping[str, Mapping[str, Cost]]) -> str:
    """What they cost, a line each, and what each adds to the first."""
    plain = costs[PLAIN]["beside"]

    def line(cells: Sequence[object]) -> str:
        return f"| {' | '.join(map(str, cells))} |"

    def cells(cost: Cost | None) -> list[str]:
        if cost is None:
            return [""] * 4
        counts = ((cost.functions, plain.functions), (cost.instructions, plain.instructions))
        counted = [f"{own:+d}" if (own := mine - base) else "0" for mine, base in counts]
        return [*counted, f"{cost.foreground:.1f} us", f"{cost.processor:.1f} us"]

    figures = ["functions", "instructions", "foreground", "processor"]
    first = [plain.functions, plain.instructions, f"{plain.foreground:.1f} us", f"{plain.processor:.1f} us"]
    lines = [
        line(["feature", *(f"unused: {figure}" for figure in figures), *(f"used: {figure}" for figure in figures)]),
        "|---|" + "---:|" * 8,
        line(["none: a plain task", *first, *[""] * 4]),
    ]
    for name, cost in costs.items():
        if name != PLAIN:
            lines.append(line([name, *cells(cost.get("beside")), *cells(cost.get("using"))]))
    return "\n".join(lines)


ROWS = (
    Row(
        "features",
        "Python functions that a feature adds to a task that does not use it",
        "",
        Target(0),
        unused,
        has_peer=False,
        page="costs.md",
    ),
)
