"""What is said of an API that cannot be used: which variable, file or profile names it, and how to do without."""

import re

from headrace._kernel.urls import without_password
from headrace.exceptions import HeadraceException
from headrace.settings import settings_in_effect

__all__ = ["takes_no_journals", "unreachable"]

_START = "start a server there with `headrace server start`"
_IN_PROFILE = re.compile(r"\w+ in profile .*")
_VARIABLE = re.compile(r"\w+")


def unreachable(url: str, error: Exception) -> str:
    """What is said of an API that does not answer."""
    why = f"The API at {without_password(url)} does not answer ({str(error) or type(error).__name__})."
    return f"{why} {_to_do(url)}"


def takes_no_journals(url: str) -> str:
    """What is said of a server that is none of ours, such as one of Prefect."""
    why = f"The API at {without_password(url)} takes no journals: it is no server of this version of Headrace."
    return f"{why} {_to_do(url)}"


def _to_do(url: str) -> str:
    named_by = _named_by(url)
    if named_by is None:
        return f"{_START[0].upper()}{_START[1:]}, or set HEADRACE_API_URL to where one runs."
    if _IN_PROFILE.fullmatch(named_by):
        otherwise = "say `headrace profile use ephemeral`"
    elif _VARIABLE.fullmatch(named_by):
        otherwise = f"`unset {named_by}`"
    else:
        otherwise = "remove it there"
    return f"{named_by} names it: {_START}, or {otherwise} to use the store in this home."


def _named_by(url: str) -> str | None:
    """What says that this is the API's URL; None where the settings name another one, or none."""
    try:
        origin = next(each for each in settings_in_effect() if each.variable == "HEADRACE_API_URL")
    except HeadraceException:  # of another setting, which others tell
        return None
    is_it = isinstance(origin.value, str) and origin.value.rstrip("/") == url.rstrip("/")
    return origin.set_by if is_it and origin.set_by != "temporary_settings" else None
