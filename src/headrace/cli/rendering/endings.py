"""What `headrace run` ends with: what the flow returned, and how its run ended."""

import reprlib

from headrace._records import StateRecord

__all__ = ["ending", "shown_value"]

_SHOWN_LINES = 12
_brief = reprlib.Repr()
_brief.maxlevel = 4
_brief.maxlist = _brief.maxtuple = _brief.maxdict = _brief.maxset = 10
_brief.maxstring = 300
_brief.maxother = 2_000  # a table has that


def shown_value(value: object) -> str:
    """A value at such length as a terminal has room for; text of several lines, as of a table, stands below its type.

    Whatever its own code raises, this does not.
    """
    lines = _brief.repr(value).splitlines()
    if len(lines) == 1:
        return lines[0]
    shown = [f"  {line}" for line in lines[:_SHOWN_LINES]]
    return "\n".join([f"{type(value).__name__}:", *shown, *(["  ..."] if len(lines) > _SHOWN_LINES else [])])


def ending(state: StateRecord, *, says_why: bool) -> str:
    """A run's last state in a sentence, and with `says_why` what its message says in the first line."""
    why = (state.message or "").partition("\n")[0].removesuffix(".") if says_why else ""
    return f"The run is {state.name}: {why}." if why else f"The run is {state.name}."
