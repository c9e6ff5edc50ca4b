"""Inputs of flow runs on the wire: texts that somebody leaves for a run, by their keys."""

import re
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from headrace._wire.schema import BodySchema, NewKey, ObjectSchema, WireSchema

__all__ = ["FlowRunInput", "FlowRunInputCreate", "FlowRunInputFilter", "ResumeBody"]

_KEY: Final = re.compile(r"[A-Za-z0-9_-]*")


def _fits_into_a_path(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("a key is made of letters, digits, hyphens and underscores")
    return key


_Key = Annotated[NewKey, AfterValidator(_fits_into_a_path)]


class FlowRunInput(ObjectSchema):
    """An input of a flow run; its value is JSON as a text."""

    flow_run_id: UUID
    key: str
    value: str
    sender: str | None = None


class FlowRunInputCreate(WireSchema):
    """An input to leave for a flow run, under a key that it does not have yet."""

    key: _Key
    value: str
    sender: str | None = None


class FlowRunInputFilter(BodySchema):
    """Which inputs of a flow run: those whose keys begin so, the oldest first."""

    prefix: str
    limit: int = 1
    exclude_keys: list[str] = Field(default=[])


class ResumeBody(WireSchema):
    """Body of `resume`: what the run waited for."""

    run_input: dict[str, object] | None = None
