"""Cancelling: what somebody asked of flow runs that are running here reaches their code, wherever that is."""

from headrace._kernel.current import Frame, running
from headrace._kernel.deadlines import Cancellation
from headrace._stream import Directives

__all__ = ["carry_out"]


def carry_out(directives: Directives) -> None:
    """Cancels flow runs of this process, once each, and their subflow runs that are in other threads and loops.

    Those in the same one are interrupted with their parent.
    """
    for run_id, message in directives.cancel:
        frame = running.get(run_id)
        if frame is None or frame.cancellation.has_passed:
            continue
        cancellation: Cancellation = frame.cancellation
        place = cancellation.place
        cancellation.cancel(message)
        for below in list(running.values()):
            if below.cancellation.place not in (None, place) and _is_within(below.parent, run_id):
                below.cancellation.cancel("Its parent flow run was cancelled.")


def _is_within(frame: Frame | None, run_id: bytes) -> bool:
    """Whether this run is the one with that id, or a run that it called or submitted."""
    while frame is not None:
        if frame.run_id == run_id:
            return True
        frame = frame.parent
    return False
