"""Tracebacks as users should see them: their own frames, without those of the engine between them."""

from pathlib import Path
from types import CodeType, TracebackType

__all__ = ["is_ours", "strip"]

_PACKAGE = str(Path(__file__).parent.parent) + "/"


def strip(error: BaseException) -> BaseException:
    """Takes the frames of Headrace out of the error's traceback, unless nothing else would be left."""
    frames: list[TracebackType] = []
    traceback = error.__traceback__
    while traceback is not None:
        if not is_ours(traceback.tb_frame.f_code):
            frames.append(traceback)
        traceback = traceback.tb_next
    if frames:
        for frame, following in zip(frames, [*frames[1:], None], strict=True):
            frame.tb_next = following
        error.__traceback__ = frames[0]
    return error


def is_ours(code: CodeType) -> bool:
    """Whether this is code of Headrace."""
    return code.co_filename.startswith(_PACKAGE)
