"""The story of an example: what it printed, and what it left in its home, as text that is compared with `expected/`.

    python -m tests.examples.stories [GROUP/NAME...]

writes the stories down anew, after a change that is meant; they are read before they are committed.

A run is a line: its name, its parameters, [its tags], the runs whose results it was given (parameter <- run), and its
state; all that it went through where that is more than running and ending; below it its own log lines, and the runs
that it called. Names that are generated are left out.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any
from uuid import UUID

from headrace._engine.session import close_session
from headrace.client.schemas.objects import FlowRun, Log, State, TaskRun
from tests.acceptance.stored import Stored

__all__ = ["EXAMPLES", "EXPECTED", "GROUPS", "Ran", "Story", "examples", "name_of", "run_example", "stored_story"]

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED = Path(__file__).parent / "expected"
GROUPS = ("basics", "core", "patterns")
LEVELS = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}

# What the engine says of a run is in its line already.
ENGINES_OWN = re.compile(
    r"Beginning |Finished in state |(Task|Flow) run (failed|timed out|crashed|cancelled)|Calling hook "
    r"|Hook '[^']+' is done|The parameters"
)
GENERATED_OF_TASK = re.compile(r"-[0-9a-f]{3}$")
GENERATED_OF_FLOW = re.compile(r"[a-z]+-[a-z]+")
SECTION = "--- stored\n"


@dataclass(frozen=True)
class Ran:
    """An example that has ended."""

    code: int
    printed: str
    said: str
    seconds: float
    """How long it kept a processor busy: what a wait for the machine does not change."""


@dataclass(frozen=True)
class Story:
    """What an example prints and leaves behind."""

    printed: str
    stored: str

    @classmethod
    def expected(cls, name: str) -> "Story":
        """The story that is written down."""
        printed, _, stored = (EXPECTED / f"{name}.txt").read_text(encoding="utf-8").partition(SECTION)
        return cls(printed, stored)

    def write(self, name: str) -> None:
        """Writes it down as what is expected."""
        path = EXPECTED / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{self.printed}{SECTION}{self.stored}", encoding="utf-8")


def examples() -> list[Path]:
    """All examples of the groups; a module that others import is none."""
    scripts = [script for group in GROUPS for script in sorted((EXAMPLES / group).glob("*.py"))]
    return [script for script in scripts if '__name__ == "__main__"' in script.read_text(encoding="utf-8")]


def name_of(example: Path) -> str:
    """`group/name`."""
    return f"{example.parent.name}/{example.stem}"


def run_example(example: Path, home: Path) -> Ran:
    """Runs an example as a user does: from the root of the repository, by its path."""
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, str(example.relative_to(EXAMPLES.parent))],
        cwd=EXAMPLES.parent,
        env={**os.environ, "HEADRACE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    after = getrusage(RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Ran(done.returncode, done.stdout, done.stderr, seconds)


def stored_story(home: Path) -> str:
    """What a home holds."""
    close_session()
    before = os.environ["HEADRACE_HOME"]
    os.environ["HEADRACE_HOME"] = str(home)
    try:
        return "".join(f"{line}\n" for line in _Teller(Stored()).lines())
    finally:
        close_session()
        os.environ["HEADRACE_HOME"] = before


class _Teller:
    """Reads a home once, and tells of its runs."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._flow_runs = stored.flow_runs()
        self._task_runs = stored.all_task_runs()
        self._task_runs.sort(key=lambda run: run.id)
        self._flow_names = stored.flow_names()
        self._called = {run.parent_task_run_id: run for run in self._flow_runs}
        self._labels = {run.id: self._label(run) for run in self._task_runs}

    def lines(self) -> Iterator[str]:
        for run in self._flow_runs:
            if run.parent_task_run_id not in self._labels:
                yield from self._flow(run, run, "")
        for task_run in self._task_runs:
            if task_run.flow_run_id is None:
                yield from self._task(task_run, [], "")

    def _label(self, run: TaskRun) -> str:
        called = self._called.get(run.id)
        return self._flow_names[called.flow_id] if called else GENERATED_OF_TASK.sub("", run.name)

    def _flow(self, run: FlowRun, step: FlowRun | TaskRun, indent: str) -> Iterator[str]:
        """A flow run that nobody called, or the one that a step of another stands for."""
        name = self._flow_names[run.flow_id]
        label = name if GENERATED_OF_FLOW.fullmatch(run.name) else f"{name} {run.name!r}"
        parameters = ", ".join(f"{key}={_short(value)}" for key, value in run.parameters.items())
        edges = self._edges(step) if isinstance(step, TaskRun) else ""
        yield f"{indent}{label}({parameters}){_tags(run)}{edges}: {self._states(run)}"
        indent += "    "
        logs = self._stored.logs(run)
        yield from _said(logs, None, indent)
        for task_run in (each for each in self._task_runs if each.flow_run_id == run.id):
            if called := self._called.get(task_run.id):
                yield from self._flow(called, task_run, indent)
            else:
                yield from self._task(task_run, logs, indent)

    def _task(self, run: TaskRun, logs: list[Log], indent: str) -> Iterator[str]:
        yield f"{indent}{self._labels[run.id]}{_tags(run)}{self._edges(run)}: {self._states(run)}"
        yield from _said(logs, run.id, indent + "    ")

    def _edges(self, run: TaskRun) -> str:
        def sources(ids: list[UUID]) -> str:
            counted = Counter(self._labels[each] for each in ids)
            return ", ".join(label if count == 1 else f"{count} x {label}" for label, count in counted.items())

        edges = [f"{name} <- {sources(ids)}" for name, ids in self._stored.inputs(run).items()]
        return f" ({'; '.join(edges)})" if edges else ""

    def _states(self, run: FlowRun | TaskRun) -> str:
        *before, last = self._stored.states(run)
        names = [str(state.name) for state in before]
        told = [] if names in (["Pending", "Running"], ["Running"]) else names
        return ", ".join([*told, _state(last)])


def _state(state: State[Any]) -> str:
    return f"{state.name}({_without_places(state.message)!r})" if state.message else str(state.name)


def _tags(run: FlowRun | TaskRun) -> str:
    return f" [{', '.join(sorted(run.tags))}]" if run.tags else ""


def _said(logs: list[Log], task_run_id: UUID | None, indent: str) -> Iterator[str]:
    for log in logs:
        if log.task_run_id == task_run_id and not ENGINES_OWN.match(log.message):
            first, *rest = _without_places(log.message).splitlines()
            yield f"{indent}| {LEVELS[log.level]} {first}{' ...' if rest else ''}"


def _short(value: Any) -> str:
    text = _without_places(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 60 else f"{text[:60]}..."


def _without_places(text: str) -> str:
    """The text without what differs from run to run, and from place to place: folders, ports, ids."""
    text = text.replace(f"{EXAMPLES.parent}/", "")
    text = re.sub(rf"{re.escape(tempfile.gettempdir())}/[^\s'\"/]+", "FOLDER", text)
    text = re.sub(r"(127\.0\.0\.1|localhost):\d+", r"\1:PORT", text)
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)


def _main(names: list[str]) -> None:
    for example in examples():
        if not names or name_of(example) in names:
            with tempfile.TemporaryDirectory() as home:
                ran = run_example(example, Path(home))
                if ran.code:
                    sys.exit(f"{name_of(example)} ended with {ran.code}:\n{ran.said}")
                Story(ran.printed, stored_story(Path(home))).write(name_of(example))


if __name__ == "__main__":
    os.environ.setdefault("HEADRACE_HOME", "")
    _main(sys.argv[1:])
