"""What a request shows to a server that asks who calls."""

import base64
from typing import Final, TypedDict

from headrace.settings._definitions import revealed
from headrace.settings._values import APISettings

__all__ = ["WHO_CALLS", "Credentials", "authorization", "credentials"]

WHO_CALLS: Final = (
    "it wants to know who calls. Set HEADRACE_API_AUTH_STRING to the user and the password that it knows, as "
    "user:password."
)
"""What is said of a server that answers 401."""


class Credentials(TypedDict):
    """What a client shows, by the names of its arguments."""

    auth_string: str | None  # "user:password"
    api_key: str | None


def authorization(auth_string: str | None, api_key: str | None) -> str | None:
    """The value of the header `Authorization`; None where there is nothing to show. A key goes before a password."""
    if api_key:
        return f"Bearer {api_key}"
    return f"Basic {base64.b64encode(auth_string.encode()).decode()}" if auth_string else None


def credentials(api: APISettings) -> Credentials:
    """What the settings say of it."""
    return {"auth_string": revealed(api.auth_string), "api_key": revealed(api.key)}
