"""What a module of `headrace.runtime` answers with: a table of attributes, each of the run at hand or of none, and
variables of the environment that answer in their place, with which code that asks is tried without a run.
"""

import os
from collections.abc import Callable
from typing import Any

__all__ = ["Answers", "in_api", "on_page"]

_PREFIXES = ("HEADRACE__RUNTIME", "PREFECT__RUNTIME")
_CASTS: dict[type, Callable[[str], Any]] = {int: int, float: float, str: str, type(None): str}
"""By the type of what would be answered otherwise."""


class Answers:
    """The attributes of one module; `frame` finds the run that they are about."""

    def __init__(
        self,
        module: str,
        frame: Callable[[], Any],
        attributes: dict[str, tuple[Callable[[Any], Any], Callable[[], Any]]],
    ) -> None:
        self._module = module
        self._frame = frame
        self._attributes = attributes
        part = module.rpartition(".")[2].upper()
        self._variables = tuple(f"{prefix}__{part}__" for prefix in _PREFIXES)

    def __call__(self, attribute: str) -> Any:
        """The attribute's value: a variable's, else that of the run at hand, else what it is outside of a run.

        A variable may also make up an attribute that there is not, which is then a text.
        """
        variable = self._overriding(attribute)
        if attribute in self._attributes:
            inside, outside = self._attributes[attribute]
            frame = self._frame()
            value: object = outside() if frame is None else inside(frame)
            return value if variable is None else self._cast(variable, type(value))
        if variable is not None:
            return os.environ[variable]
        raise AttributeError(
            f"{self._module} has no attribute {attribute!r}; it has {', '.join(sorted(self._attributes))}"
        )

    def __dir__(self) -> list[str]:
        return sorted(self._attributes)

    def _overriding(self, attribute: str) -> str | None:
        for prefix in self._variables:
            variable = prefix + attribute.upper()
            if variable in os.environ:
                return variable
        return None

    def _cast(self, variable: str, kind: type) -> Any:
        cast = _CASTS.get(kind)
        text = os.environ[variable]
        if cast is None:
            raise ValueError(
                f"{variable} is set, and its attribute is a {kind.__name__}, which no variable can say: unset it, and "
                "replace the attribute itself, as pytest's monkeypatch.setattr does."
            )
        try:
            return cast(text)
        except ValueError as error:
            raise ValueError(f"{variable} is {text!r}, and is to be of the type {kind.__name__}.") from error


def in_api(frame: Any, collection: str, run_id: str) -> str | None:
    """The run's address in the API that its process reports to; None where that is in this process."""
    url = frame.session.settings.api.url
    return f"{url.rstrip('/')}/{collection}/{run_id}" if url else None


def on_page(frame: Any, kind: str, run_id: str) -> str | None:
    """The address of the run's page on the server that its process reports to; None where there is no server."""
    url = frame.session.settings.ui_url
    return f"{url.rstrip('/')}/runs/{kind}/{run_id}" if url else None
