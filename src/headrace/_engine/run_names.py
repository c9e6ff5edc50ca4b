"""Names of runs that users choose: a template over the run's parameters, or a function that makes the name."""

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["RunName", "RunNamer"]

RunName = str | Callable[..., str]
"""What users give: `"load-{customer.name}-{day:%Y-%m-%d}"`, or a function, which may take `parameters`."""


class RunNamer:
    """Names the runs of one flow or task."""

    __slots__ = ("_option", "_takes_parameters", "given")

    def __init__(self, given: Any, option: str) -> None:
        if not isinstance(given, str) and not callable(given):
            raise TypeError(f"Expected string or callable for '{option}'; got {type(given).__name__} instead.")
        self.given: str | Callable[..., Any] = given
        self._option = option
        self._takes_parameters = callable(given) and _takes_parameters(given)

    def name(self, parameters: dict[str, Any]) -> str:
        """The name of a run with these parameters; raises what the template or the function raises, with a note."""
        try:
            return self._made(parameters)
        except Exception as error:
            error.add_note(self._note(parameters))
            raise

    def _made(self, parameters: dict[str, Any]) -> str:
        given = self.given
        if isinstance(given, str):
            return given.format(**parameters)
        name: Any = given(parameters=parameters) if self._takes_parameters else given()
        if not isinstance(name, str):
            raise TypeError(
                f"Callable {given} for '{self._option}' returned type {type(name).__name__} but a string is required."
            )
        return name

    def _note(self, parameters: dict[str, Any]) -> str:
        if not isinstance(self.given, str):
            return f"The run could not be named: its '{self._option}' raised this."
        names = ", ".join(parameters) or "none"
        return (
            f"The run could not be named: '{self._option}' is {self.given!r}, and what may stand in its braces are the "
            f"run's parameters ({names}), with their attributes and items."
        )


def _takes_parameters(fn: Callable[..., Any]) -> bool:
    try:
        return "parameters" in inspect.signature(fn).parameters
    except ValueError:  # Some functions written in C tell no signature.
        return False
