"""The deployment that the flow run at hand was made by: all None, as of a flow that is called, where there is none.

`HEADRACE__RUNTIME__DEPLOYMENT__<NAME>` in the environment answers in an attribute's place.
"""

from typing import Any

from headrace._kernel.current import current_flow
from headrace._kernel.ids import id_text
from headrace.runtime._answers import Answers

__all__ = ["flow_run_id", "id", "name", "parameters", "version"]

flow_run_id: str | None
id: str | None
name: str | None
parameters: dict[str, Any]
version: str | None

_answers = Answers(
    __name__,
    current_flow,
    {
        "flow_run_id": (lambda frame: id_text(frame.run_id), lambda: None),
        "id": (lambda frame: None, lambda: None),
        "name": (lambda frame: None, lambda: None),
        "parameters": (lambda frame: dict(frame.parameters), dict),
        "version": (lambda frame: None, lambda: None),
    },
)


def __getattr__(attribute: str) -> Any:
    return _answers(attribute)


def __dir__() -> list[str]:
    return dir(_answers)
