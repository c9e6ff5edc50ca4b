"""Whether a server answers, and what is known of it: from the file in its home, and from itself."""

from typing import Literal

import msgspec

from headrace._kernel.urls import without_password
from headrace.cli.running.server_record import ServerRecord, is_running, recorded
from headrace.client.orchestration import SyncHeadraceClient
from headrace.exceptions import HeadraceException
from headrace.settings import Settings
from headrace.settings._definitions import revealed

__all__ = ["ServerStatus", "read_server_status"]


class ServerStatus(msgspec.Struct, frozen=True):
    """A server as it was found, or that it was not."""

    status: Literal["available", "unavailable"]
    home: str
    api_url: str | None = None
    server_version: str | None = None  # as the API has it
    error: str | None = None
    record: ServerRecord | None = None  # of the server of this home

    @property
    def is_available(self) -> bool:
        """Whether it answers."""
        return self.status == "available"


def read_server_status(settings: Settings) -> ServerStatus:
    """The server that the API's URL names, else the home's own."""
    home = str(settings.home)
    record = recorded(settings.home) if is_running(settings.home) else None
    if (url := settings.api.url) is None:
        if record is None:
            told = f"The home {home} has no server: `headrace server start` starts one."
            return ServerStatus("unavailable", home, error=told)
        url = f"{record.url}/api"
    elif record is not None and url.rstrip("/") != f"{record.url}/api":
        record = None
    auth = settings.api.auth_string or settings.server.api.auth_string
    with SyncHeadraceClient(url, auth_string=revealed(auth)) as client:
        problem = client.api_healthcheck()
        if problem is not None:
            return ServerStatus("unavailable", home, without_password(url), error=str(problem), record=record)
        return ServerStatus("available", home, without_password(url), _version(client), record=record)


def _version(client: SyncHeadraceClient) -> str | None:
    try:
        return client.api_version()
    except HeadraceException:  # it wants to know who calls, and we do not know the password
        return None
