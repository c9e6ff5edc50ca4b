"""`headrace server`: a server of this home, in the foreground or in the background."""

import os
import sys
from pathlib import Path
from typing import Any, Final, Protocol

import click

from headrace import __version__
from headrace._kernel import clock, late
from headrace._kernel.urls import without_password
from headrace.cli.failures import Misunderstood, OutOfTime
from headrace.cli.options import output_option
from headrace.cli.reading.server_status import read_server_status
from headrace.cli.rendering.screen import print_json, say, tell
from headrace.cli.rendering.server import print_server_status, server_status_json
from headrace.cli.running.server_process import start_in_background, tell_to_end, wait_until
from headrace.cli.running.server_record import claimed, is_here, is_running, log_file, recorded
from headrace.settings import Settings, get_current_settings
from headrace.settings._definitions import revealed

__all__ = ["start", "status", "stop"]

# What a server may take for its end: requests under way have 5 s, and writes that wait are stored.
_END_SECONDS: Final = 30.0


class Serve(Protocol):
    """Serves until it is told to end."""

    def __call__(self, host: str, port: int, database_url: str, home: Path, **options: Any) -> None: ...


@click.command()
@click.option("--host", help="The address to listen on; HEADRACE_SERVER_API_HOST, else 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port, 0 for a free one; HEADRACE_SERVER_API_PORT, else 4200."
)
@click.option("--allow-remote", is_flag=True, help="Let other machines in though there is no password.")
@click.option("-b", "--background/--no-background", help="Return when it listens; headrace server stop ends it.")
@click.option(
    "--keep-alive-timeout",
    type=click.IntRange(min=1),
    metavar="SECONDS",
    help="How long a connection may idle; HEADRACE_SERVER_API_KEEPALIVE_TIMEOUT, else 75.",
)
@click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], case_sensitive=False),
    help="What it logs of itself, requests from INFO on; HEADRACE_SERVER_LOGGING_LEVEL, else WARNING.",
)
@click.option("--no-services", is_flag=True, help="Answer requests alone: no recovery of journals, no pruning.")
@click.option("--workers", type=int, default=1, show_default=True, help="1: a server is one process of many threads.")
def start(host: str | None, port: int | None, background: bool, workers: int, **options: Any) -> None:
    """Start a server, and run it until Ctrl-C.

    It shows and serves every run of this home, those of scripts too. Where HEADRACE_SERVER_API_AUTH_STRING is set to
    user:password, callers of its API have to show that (HEADRACE_API_AUTH_STRING).
    """
    if workers != 1:
        raise Misunderstood(
            "--workers is 1 at most: one process serves what many would elsewhere. For several servers let each have "
            "a home of its own and the same PostgreSQL (HEADRACE_DATABASE_URL)."
        )
    settings = get_current_settings()
    host = settings.server.api.host if host is None else host
    port = settings.server.api.port if port is None else port
    if background:
        _start_in_background(settings.home, host, port, options)
    else:
        _serve(settings, host, port, **options)


def _serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    allow_remote: bool,
    keep_alive_timeout: int | None,
    log_level: str | None,
    no_services: bool,
) -> None:
    serve: Serve = late.load("serve")
    with claimed(settings.home) as claim:

        def tell_ready(url: str) -> None:
            database = without_password(settings.database_url)
            claim.announce(url, version=__version__, database=database, now=clock.now())
            say(f"Headrace serves its API at {url}/api. Ctrl-C ends it.")
            _tell_others(url)

        serve(
            host,
            port,
            settings.database_url,
            settings.home,
            auth_string=revealed(settings.server.api.auth_string),
            api=settings.server.api,
            allow_remote=allow_remote,
            keep_alive_seconds=keep_alive_timeout or settings.server.api.keepalive_timeout,
            log_level=log_level or settings.server.logging_level,
            has_services=not no_services,
            has_metrics=settings.server.metrics_enabled,
            log_days=settings.store.log_retention_days,
            on_ready=tell_ready,
        )


def _start_in_background(home: Path, host: str, port: int, options: dict[str, Any]) -> None:
    words = ["--host", host, "--port", str(port)]
    for name, value in options.items():
        if value not in (None, False):
            option = f"--{name.replace('_', '-')}"
            words += [option] if value is True else [option, str(value)]
    record = start_in_background(home, words)
    say(f"Headrace serves its API at {record.url}/api, in the background (process {record.pid}).")
    say(f"Its log is {log_file(home)}. `headrace server stop` ends it.")
    _tell_others(record.url)


def _tell_others(url: str) -> None:
    say(f"For other processes to report here: export HEADRACE_API_URL={url}/api")


@click.command()
def stop() -> None:
    """Stop the server of this home, and wait for its end.

    Requests that are under way are answered, for some seconds, and all that was reported is stored. The exit code is 0
    where none runs, too.
    """
    home = get_current_settings().home
    if not is_running(home):
        say(f"The home {home} has no server.")
        return
    wait_until(lambda: recorded(home) is not None or not is_running(home), _END_SECONDS)  # one that is just starting
    record = recorded(home)
    if record is None or not is_running(home):
        raise click.ClickException(f"The server of {home} neither listens nor ends: see {log_file(home)}.")
    if not is_here(record):
        raise click.ClickException(
            f"The server of {home} is process {record.pid} of another machine or container, {record.host}: end it "
            "there."
        )
    try:
        told = tell_to_end(home, record)
    except PermissionError as error:
        raise click.ClickException(
            f"The server at {record.url} (process {record.pid}) is another user's, who alone can end it."
        ) from error
    if told and not wait_until(lambda: not is_running(home), _END_SECONDS):
        raise click.ClickException(
            f"The server at {record.url} (process {record.pid}) has not ended within {_END_SECONDS:.0f} s. "
            f"`kill -9 {record.pid}` ends it at once, and loses nothing that it has answered for."
        )
    say(f"The server at {record.url} (process {record.pid}) has ended.")


@click.command()
@click.option("--wait/--no-wait", help="Wait until it answers.")
@click.option(
    "-t", "--timeout", type=click.IntRange(min=0), default=0, metavar="SECONDS", help="Wait no longer; 0: for ever."
)
@output_option
def status(wait: bool, timeout: int, output: str | None) -> None:
    """Say whether a server runs: that of HEADRACE_API_URL, else that of this home.

    The exit code is 0 where it answers, and 1 where it does not.
    """
    settings = get_current_settings()
    found = read_server_status(settings)
    if wait and not found.is_available:
        if output is None and os.isatty(sys.stderr.fileno()):
            tell("Waiting for a server; Ctrl-C ends this.", dim=True)

        def answers() -> bool:
            nonlocal found
            found = read_server_status(settings)
            return found.is_available

        if not wait_until(answers, timeout or float("inf")):
            raise OutOfTime(f"No server has answered within {timeout} s. {found.error}")
    if output == "json":
        print_json(server_status_json(found))
    else:
        print_server_status(found)
    sys.exit(not found.is_available)
