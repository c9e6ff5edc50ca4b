"""What filters mean, said without SQL: rows are asked one by one, by reading the filter aloud."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from headrace._kernel.ids import id_text
from headrace.server.store.changes import FlowRow, FlowRunRow, LogRow, TaskRunRow

__all__ = ["Oracle", "instant"]

Asked = Mapping[str, Any]
# What a field of a filter answers for a row; None where it asks nothing.
Answers = Mapping[str, Callable[[Asked], bool | None]]


def instant(at: int) -> datetime:
    """Microseconds as the wire has them."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


class Oracle:
    """Answers filters on rows that it knows all of."""

    def __init__(
        self, flows: Iterable[FlowRow], flow_runs: Iterable[FlowRunRow], task_runs: Iterable[TaskRunRow] = ()
    ) -> None:
        self.flows = list(flows)
        self.flow_runs = list(flow_runs)
        self.task_runs = list(task_runs)
        self._callers = {run.id: run.flow_run_id for run in self.task_runs}
        self._parents = {run.parent_task_run_id for run in self.flow_runs}

    def query(self, aggregate: str, row: Any, query: Mapping[str, Asked | None]) -> bool:
        """Whether a query of several aggregates asks for a row of one: each must know such a row beside it."""
        asked = {name: wire for name, wire in query.items() if wire is not None}
        if asked.keys() - {"flows", "flow_runs", "task_runs"}:
            return False  # of these there are no rows
        return all(
            any(getattr(self, name.removesuffix("s"))(one, wire) for one in self._beside(aggregate, row, name))
            for name, wire in asked.items()
        )

    def _beside(self, aggregate: str, row: Any, other: str) -> list[Any]:
        """The rows of another aggregate that belong to a row, or that it belongs to."""
        if aggregate == other:
            return [row]
        runs = {
            "flows": lambda: [run for run in self.flow_runs if run.flow_name == row.name],
            "flow_runs": lambda: [row],
            "task_runs": lambda: [run for run in self.flow_runs if run.id == row.flow_run_id],
        }[aggregate]()
        if other == "flow_runs":
            return runs
        if other == "flows":
            return [flow for flow in self.flows if flow.name in {run.flow_name for run in runs}]
        return [run for run in self.task_runs if run.flow_run_id in {flow_run.id for flow_run in runs}]

    def flow(self, flow: FlowRow, wire: Asked) -> bool:
        """Whether a flow is one that the filter asks for."""
        return self._fits(
            wire,
            {
                "id": lambda asked: self._among(flow.id, asked),
                "name": lambda asked: self._among(flow.name, asked),
                "tags": lambda asked: self._tags(flow.tags, asked),
                "deployment": lambda asked: self._among(None, asked),
            },
        )

    def flow_run(self, run: FlowRunRow, wire: Asked) -> bool:
        """Whether a flow run is one that the filter asks for."""
        started = run.expected_start_at if run.start_at is None else run.start_at
        return self._fits(
            wire,
            {
                "id": lambda asked: self._among(run.id, asked),
                "name": lambda asked: self._among(run.name, asked),
                "tags": lambda asked: self._tags(run.tags, asked),
                "deployment_id": lambda asked: self._among(None, asked),
                "work_queue_name": lambda asked: self._among(None, asked),
                "created_by": lambda asked: self._among(None, asked),
                "state": lambda asked: self._state(run, asked),
                "flow_version": lambda asked: self._among(run.flow_version, asked),
                "start_time": lambda asked: self._between(started, asked, run.start_at),
                "end_time": lambda asked: self._between(run.end_at, asked, run.end_at),
                "expected_start_time": lambda asked: self._between(run.expected_start_at, asked, None),
                "next_scheduled_start_time": lambda asked: self._between(run.next_scheduled_at, asked, None),
                "parent_flow_run_id": lambda asked: self._among(
                    self._callers.get(run.parent_task_run_id or b""), asked
                ),
                "parent_task_run_id": lambda asked: self._among(run.parent_task_run_id, asked),
                "idempotency_key": lambda asked: self._among(run.idempotency_key, asked),
            },
        )

    def task_run(self, run: TaskRunRow, wire: Asked) -> bool:
        """Whether a task run is one that the filter asks for."""
        return self._fits(
            wire,
            {
                "id": lambda asked: self._among(run.id, asked),
                "name": lambda asked: self._among(run.name, asked),
                "tags": lambda asked: self._tags(run.tags, asked),
                "state": lambda asked: self._state(run, asked),
                "start_time": lambda asked: self._between(run.start_at, asked, run.start_at),
                "end_time": lambda asked: self._between(run.end_at, asked, run.end_at),
                "expected_start_time": lambda asked: self._between(run.created_at, asked, None),
                "subflow_runs": lambda asked: (
                    (run.id in self._parents) is asked["exists_"] if "exists_" in asked else None
                ),
                "flow_run_id": lambda asked: self._called_by(run, asked),
            },
        )

    def line(self, line: LogRow, wire: Asked) -> bool:
        """Whether a line is one that the filter asks for."""
        return self._fits(
            wire,
            {
                "level": lambda asked: self._level(line.level, asked),
                "timestamp": lambda asked: self._between(line.at, asked, None),
                "flow_run_id": lambda asked: self._among(line.flow_run_id, asked),
                "task_run_id": lambda asked: self._among(line.task_run_id, asked),
            },
        )

    def _fits(self, wire: Asked, answers: Answers) -> bool:
        # A part that is empty asks nothing, but that of a task run's flow run: see `_called_by`.
        given = [(name, asked) for name, asked in wire.items() if name in answers]
        return self._joined(wire, [answers[name](asked) for name, asked in given if asked or name == "flow_run_id"])

    def _joined(self, wire: Asked, answers: list[bool | None]) -> bool:
        said = [answer for answer in answers if answer is not None]
        if not said:
            return True
        return any(said) if wire.get("operator") == "or_" else all(said)

    def _among(self, value: Any, asked: Asked) -> bool | None:
        comparable = id_text(value) if isinstance(value, bytes) else value
        answers: list[bool | None] = []
        for operator, operand in asked.items():
            if operator in {"any_", "id_", "type_"}:
                answers.append(comparable in operand)
            elif operator == "not_any_" and operand:
                answers.append(value is not None and comparable not in operand)
            elif operator == "is_null_":
                answers.append((value is None) is operand)
            elif operator == "like_" and operand:
                answers.append(operand.lower() in value.lower())
        return self._joined(asked, answers) if answers else None

    def _tags(self, tags: tuple[str, ...], asked: Asked) -> bool | None:
        answers: list[bool | None] = []
        if asked.get("all_"):
            answers.append(set(asked["all_"]) <= set(tags))
        if "any_" in asked:
            answers.append(bool(set(asked["any_"]) & set(tags)))
        if "is_null_" in asked:
            answers.append((not tags) is asked["is_null_"])
        return self._joined(asked, answers) if answers else None

    def _state(self, run: FlowRunRow | TaskRunRow, asked: Asked) -> bool | None:
        current = run.state
        values = {"type": current and current.type, "name": current and current.name}
        answers = [self._among(values[part], asked[part]) for part in ("type", "name") if asked.get(part)]
        return self._joined(asked, answers) if any(answer is not None for answer in answers) else None

    def _between(self, value: int | None, asked: Asked, null_of: int | None) -> bool | None:
        answers: list[bool | None] = []
        if "before_" in asked:
            answers.append(value is not None and instant(value) <= asked["before_"])
        if "after_" in asked:
            answers.append(value is not None and instant(value) >= asked["after_"])
        if "is_null_" in asked:
            answers.append((null_of is None) is asked["is_null_"])
        return self._joined({}, answers) if answers else None

    def _called_by(self, run: TaskRunRow, asked: Asked) -> bool:
        if asked.get("is_null_"):
            return run.flow_run_id is None
        if run.flow_run_id is None:
            return False
        return "any_" not in asked or id_text(run.flow_run_id) in asked["any_"]

    def _level(self, level: int, asked: Asked) -> bool | None:
        answers: list[bool | None] = []
        if "ge_" in asked:
            answers.append(level >= asked["ge_"])
        if "le_" in asked:
            answers.append(level <= asked["le_"])
        return all(answers) if answers else None
