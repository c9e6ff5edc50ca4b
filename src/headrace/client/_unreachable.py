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


def takes_no_journals(url: str, version: str | None = None, version_below: str | None = None) -> str:
    """What is said of a server that is none of ours.

    `version` is what it says of itself at this URL, if it has an API of the peer's kind there, and `version_below` what
    it says at the URL with /api behind it.
    """
    shown = without_password(url)
    if version is None and version_below is not None:
        return f"There is no API at {shown}, but at {shown}/api: set HEADRACE_API_URL to that."
    if version is None:
        why = f"The API at {shown} takes no journals: it is no server of Headrace."
    elif "headrace" in version:
        why = f"The API at {shown} takes no journals: it is a server of another version of Headrace, {version}."
    else:
        why = (
            f"The API at {shown} is a server of Prefect {version}, which does not take what Headrace's scripts report. "
            "A server of Headrace takes what both report."
        )
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
