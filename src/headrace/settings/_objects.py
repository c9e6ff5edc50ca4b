"""Settings as objects, for code that imports them by name: `from headrace.settings import HEADRACE_API_URL`."""

from functools import cache
from typing import Any

from headrace.exceptions import ConfigurationError
from headrace.settings._definitions import BY_NAME, Definition, bare_name
from headrace.settings._reading import get_current_settings
from headrace.settings._values import Settings

__all__ = ["Setting", "setting_named"]


class Setting:
    """One setting. Those of one meaning are equal, whichever prefix they are called by.

    A profile may hold variables that mean nothing to us: those have a name, and no value here.
    """

    def __init__(self, name: str, definition: Definition | None) -> None:
        self.name = name
        self.is_known = definition is not None
        self.accessor = name if definition is None else definition.path
        self._default = None if definition is None else definition.default

    def value(self) -> Any:
        """What it is here and now."""
        return self.value_from(get_current_settings())

    def value_from(self, settings: Settings) -> Any:
        """What it is in these settings."""
        if not self.is_known:
            raise ConfigurationError(f"There is no setting {self.name}.")
        value: Any = settings
        for part in self.accessor.split("."):
            value = getattr(value, part)
        return value

    def default(self) -> Any:
        """What it is where nothing is set."""
        return self._default

    def __bool__(self) -> bool:
        return bool(self.value())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and other.accessor == self.accessor

    def __hash__(self) -> int:
        return hash(self.accessor)

    def __repr__(self) -> str:
        return f"<{self.name}>"


@cache
def setting_named(variable: str) -> Setting:
    """The Setting that a variable's full name means; one that `is_known` not where there is none."""
    return Setting(variable, BY_NAME.get(bare_name(variable) or ""))
