"""Validation at the border: rows that are not as they must be are held back, each with its reason.

    python examples/patterns/pydantic_validation.py

Bad rows are no failure of the task: it gives both kinds, and the flow decides how many bad ones are too many. Bad
parameters are a failure of the run, before its first task.
"""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, ValidationError, model_validator

from headrace import flow, get_run_logger, task
from headrace.exceptions import ParameterTypeError
from headrace.states import Failed

ROWS = [
    {"sensor": "roof", "celsius": "21.5", "at": "morning"},
    {"sensor": "roof", "celsius": "215", "at": "noon"},
    {"sensor": "cellar", "celsius": "warm", "at": "noon"},
    {"sensor": "cellar", "celsius": "12.0", "at": "noon"},
    {"sensor": "cellar", "celsius": "30.0", "at": "evening"},
]


class Reading(BaseModel):
    """What a thermometer showed."""

    sensor: Literal["roof", "cellar"]
    celsius: Annotated[float, Field(ge=-60, le=60)]
    at: Literal["morning", "noon", "evening"]

    @model_validator(mode="after")
    def _cellars_are_cool(self) -> "Reading":
        if self.sensor == "cellar" and self.celsius > 25:
            raise ValueError("no cellar is that warm")
        return self


class Sifted(NamedTuple):
    """The rows that are as they must be, and why the others are not."""

    readings: list[Reading]
    reasons: list[str]


@task
def sift(rows: list[dict[str, str]]) -> Sifted:
    readings: list[Reading] = []
    reasons: list[str] = []
    for number, row in enumerate(rows, 1):
        try:
            readings.append(Reading.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            reasons.append(f"row {number}: {first['msg']}")
            get_run_logger().warning(reasons[-1])
    return Sifted(readings, reasons)


@flow
def check(rows: list[dict[str, str]], tolerated: Annotated[float, Field(ge=0, le=1)] = 0.5) -> Any:
    readings, reasons = sift(rows)
    if len(reasons) > tolerated * len(rows):
        return Failed(message=f"{len(reasons)} of {len(rows)} rows are not as they must be")
    return readings


if __name__ == "__main__":
    for tolerated in (0.5, 0.8):
        state = check(ROWS, tolerated, return_state=True)
        print(f"{tolerated:.0%} tolerated: {state.message if state.is_failed() else state.result()}")
    try:
        check(ROWS, tolerated=80)
    except ParameterTypeError:
        print("8000% tolerated: the run did not start")
