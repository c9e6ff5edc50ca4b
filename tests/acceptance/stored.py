"""What a home holds after a run, read as users read it: through the client."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from headrace.client.orchestration import SyncHeadraceClient, get_client
from headrace.client.schemas.filters import FlowRunFilter, FlowRunFilterId, LogFilter, LogFilterFlowRunId
from headrace.client.schemas.objects import FlowRun, Log, State, TaskRun

__all__ = ["Stored"]


class Stored:
    """Reads of one home; each flushes what this process has reported."""

    def flow_runs(self) -> list[FlowRun]:
        """All flow runs, the oldest first."""
        with self._client() as client:
            return _by_age(client.read_flow_runs())

    def flow_run(self, flow_name: str | None = None) -> FlowRun:
        """The only flow run, or that of the named flow."""
        names = self.flow_names()
        with self._client() as client:
            (run,) = [run for run in client.read_flow_runs() if flow_name in (None, names[run.flow_id])]
        return run

    def flow_names(self) -> dict[UUID, str]:
        """The name of each flow by its id."""
        with self._client() as client:
            return {flow.id: flow.name for flow in client.read_flows()}

    def task_runs(self, flow_run: FlowRun | None = None) -> list[TaskRun]:
        """All task runs, or those of one flow run, the oldest first."""
        of_run = None if flow_run is None else FlowRunFilter(id=FlowRunFilterId(any_=[flow_run.id]))
        with self._client() as client:
            return _by_age(client.read_task_runs(flow_run_filter=of_run))

    def all_task_runs(self) -> list[TaskRun]:
        """All task runs, also where they are more than one page."""
        runs: list[TaskRun] = []
        with self._client() as client:
            while page := client.read_task_runs(offset=len(runs)):
                runs += page
        return runs

    def task_run(self, task_name: str | None = None) -> TaskRun:
        """The only task run, or that of the named task or subflow."""
        (run,) = [run for run in self.task_runs() if task_name in (None, run.name.rpartition("-")[0])]
        return run

    def states(self, run: FlowRun | TaskRun) -> list[State[Any]]:
        """Every state that a run went through, in order."""
        with self._client() as client:
            if isinstance(run, FlowRun):
                return client.read_flow_run_states(run.id)
            return client.read_task_run_states(run.id)

    def history(self, run: FlowRun | TaskRun) -> list[str]:
        """The names of a run's states, in order."""
        return [str(state.name) for state in self.states(run)]

    def logs(self, flow_run: FlowRun) -> list[Log]:
        """The log of a flow run and its tasks, in order."""
        with self._client() as client:
            return client.read_logs(LogFilter(flow_run_id=LogFilterFlowRunId(any_=[flow_run.id])))

    def lines(self, flow_run: FlowRun, task_run: TaskRun | None = None) -> list[str]:
        """The messages of a flow run's own lines, or of one of its task runs."""
        of_task = task_run.id if task_run is not None else None
        return [log.message for log in self.logs(flow_run) if log.task_run_id == of_task]

    def inputs(self, run: TaskRun) -> dict[str, list[UUID]]:
        """The edges into a task run: parameter -> the task runs whose results it was given."""
        return {name: [source.id for source in sources] for name, sources in _run_results(run)}

    def _client(self) -> SyncHeadraceClient:
        return get_client(sync_client=True)


def _run_results(run: TaskRun) -> Iterable[tuple[str, list[Any]]]:
    for name, sources in run.task_inputs.items():
        results = [source for source in sources if source.input_type == "task_run"]
        if results:
            yield name, results


def _by_age(runs: list[Any]) -> list[Any]:
    """Ids sort by the time at which they were made."""
    return sorted(runs, key=lambda run: run.id)
