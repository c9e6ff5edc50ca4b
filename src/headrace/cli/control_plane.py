"""The control plane as commands reach it: what dead processes left is stored first, then one client answers."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from headrace._kernel import clock, late
from headrace._kernel.urls import without_password
from headrace._stream import Sink, SinkUnavailable
from headrace.cli.rendering.recovery import tell_recovery
from headrace.client.orchestration import SyncHeadraceClient, get_client
from headrace.exceptions import StoreUnavailable
from headrace.journal import recover
from headrace.settings import Settings, get_current_settings
from headrace.settings._values import APISettings

__all__ = [
    "control_plane",
    "database_file",
    "opened_sink",
    "recover_left_behind",
    "shown_database",
    "wait_for_news",
    "where_runs_go",
]

_MOMENT_SECONDS = 0.5


@contextmanager
def control_plane() -> Generator[SyncHeadraceClient]:
    """A client of the control plane that the settings name, which knows all that processes of this home reported."""
    recover_left_behind()
    with get_client(sync_client=True) as client:
        yield client


def recover_left_behind() -> None:
    """Stores and concludes what dead processes of this home left for this control plane, and says so."""
    settings = get_current_settings()
    if settings.api.url is not None or database_file(settings) is not None:
        with opened_sink(settings) as sink:
            tell_recovery(recover(settings.home, sink))


def wait_for_news() -> None:
    """Lets a moment pass, and what has died meanwhile be known: for commands that follow what goes on."""
    clock.sleep(_MOMENT_SECONDS)
    recover_left_behind()


@contextmanager
def opened_sink(settings: Settings) -> Generator[Sink]:
    """Where the journals of these settings drain to; StoreUnavailable where it cannot be used now."""
    try:
        sink = _sink(settings)
        try:
            yield sink
        finally:
            sink.close()
    except SinkUnavailable as error:
        raise StoreUnavailable(str(error)) from error


def _sink(settings: Settings) -> Sink:
    if settings.api.url is not None:
        connect: Callable[[APISettings], Sink] = late.load("http_sink")
        return connect(settings.api)
    open_sink: Callable[[Settings], Sink] = late.load("embedded_sink")
    return open_sink(settings)


def where_runs_go(api_url: str | None) -> str:
    """What a profile, or all settings, mean for runs."""
    return f"runs go to {without_password(api_url)}" if api_url else "runs are stored in the home"


def database_file(settings: Settings) -> Path | None:
    """The file of an SQLite database; None for another kind."""
    scheme, _, path = settings.database_url.partition("://")
    return Path(path.removeprefix("/")) if scheme == "sqlite" else None


def shown_database(settings: Settings) -> str:
    """A database as people are told of it: its file, or its URL without the password."""
    return str(database_file(settings) or without_password(settings.database_url))
