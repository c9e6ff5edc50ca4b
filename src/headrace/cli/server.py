"""`headrace server`: a server in the foreground."""

from pathlib import Path
from typing import Any, Protocol

import click

from headrace._kernel import late
from headrace.cli.rendering.screen import say
from headrace.settings import get_current_settings
from headrace.settings._definitions import revealed

__all__ = ["start"]


class Serve(Protocol):
    """Serves until it is told to end."""

    def __call__(self, host: str, port: int, database_url: str, home: Path, **options: Any) -> None: ...


@click.command()
@click.option("--host", help="The address to listen on; HEADRACE_SERVER_API_HOST, else 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port, 0 for a free one; HEADRACE_SERVER_API_PORT, else 4200."
)
@click.option("--allow-remote", is_flag=True, help="Let other machines in though there is no password.")
def start(host: str | None, port: int | None, allow_remote: bool) -> None:
    """Start a server, and run it until Ctrl-C.

    It shows and serves every run of this home, those of scripts too. Where HEADRACE_SERVER_API_AUTH_STRING is set to
    user:password, callers of its API have to show that (HEADRACE_API_AUTH_STRING).
    """
    settings = get_current_settings()
    serve: Serve = late.load("serve")
    serve(
        settings.server.api.host if host is None else host,
        settings.server.api.port if port is None else port,
        settings.database_url,
        settings.home,
        auth_string=revealed(settings.server.api.auth_string),
        allow_remote=allow_remote,
        log_days=settings.store.log_retention_days,
        on_ready=_tell_ready,
    )


def _tell_ready(url: str) -> None:
    say(f"Headrace serves its API at {url}/api. Ctrl-C ends it.")
    say(f"For other processes to report here: export HEADRACE_API_URL={url}/api")
