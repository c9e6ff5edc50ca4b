"""Running a flow to its end as its call does, but for handing over how it ended, where the call raises."""

from typing import Any

import msgspec

from headrace._engine.flow_run import flow_run
from headrace._engine.task_run import Ended
from headrace._kernel import drive
from headrace.cli.exit_codes import INTERRUPTED, OF_STATE_TYPES
from headrace.flows import Flow

__all__ = ["Finish", "run_to_end"]


class Finish(msgspec.Struct, frozen=True):
    """How a run ended, and what ended it from without: Ctrl-C, a signal, the program's exit."""

    ended: Ended
    interruption: BaseException | None = None

    @property
    def is_in_log(self) -> bool:
        """Whether the run's own log has the traceback of what ended it; that of a task of its has fewer frames."""
        return getattr(self.interruption, "__headrace_shown__", None) == self.ended.run_id

    @property
    def exit_code(self) -> int:
        """The code that the process is to end with; the program's own where it says more than ours."""
        code = OF_STATE_TYPES.get(self.ended.state.type, 1)
        if isinstance(self.interruption, KeyboardInterrupt):
            return INTERRUPTED
        if isinstance(self.interruption, SystemExit):
            given = self.interruption.code
            return given if isinstance(given, int) and given > max(OF_STATE_TYPES.values()) else code
        return code


def run_to_end(flow: Flow[..., Any], parameters: dict[str, Any]) -> Finish:
    """Runs a flow, sync or async, in this thread. What Headrace itself refuses is raised, as by the flow's call."""
    if flow.isasync:
        return _run_async(flow, parameters)
    ended = drive.run(flow_run(flow, (), parameters))
    return Finish(ended, ended.error)


def _run_async(flow: Flow[..., Any], parameters: dict[str, Any]) -> Finish:
    import asyncio  # 45 ms, which sync flows need not pay.

    ended: Ended | None = None

    async def to_end() -> Ended:
        nonlocal ended
        ended = await drive.run_async(flow_run(flow, (), parameters))
        if isinstance(ended.error, asyncio.CancelledError):
            raise ended.error  # The loop's runner knows whether Ctrl-C was behind it.
        return ended

    try:
        ended = asyncio.run(to_end())
    except BaseException as interruption:
        if ended is None:
            raise
        return Finish(ended, interruption)
    return Finish(ended, ended.error)
