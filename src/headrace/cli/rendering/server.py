"""A server as it is shown."""

from typing import Any

from headrace._wire.schema import instant, now
from headrace.cli.reading.server_status import ServerStatus
from headrace.cli.rendering.moments import local_time
from headrace.cli.rendering.screen import Cell, print_pairs

__all__ = ["print_server_status", "server_status_json"]


def print_server_status(found: ServerStatus) -> None:
    """Writes what is known of a server."""
    record = found.record
    print_pairs(
        [
            ("Server", Cell("running", "green") if found.is_available else Cell("not running", "red")),
            ("API", found.api_url),
            ("Version", found.server_version),
            ("Home", found.home if record is not None else None),
            ("Database", record and record.database),
            ("Process", f"{record.pid} of {record.host}" if record is not None else None),
            ("Up since", local_time(instant(record.started_at), now()) if record is not None else None),
            ("Problem", found.error),
        ]
    )


def server_status_json(found: ServerStatus) -> dict[str, Any]:
    """The same for programs, with Prefect's names where it has them; what is not known is left out."""
    record = found.record
    said: dict[str, Any] = {
        "status": found.status,
        "api_url": found.api_url,
        "server_version": found.server_version,
        "error": found.error,
    }
    if record is not None:
        started = instant(record.started_at)
        said |= {
            "home": found.home,
            "database": record.database,
            "host": record.host,
            "pid": record.pid,
            "started": started.isoformat(),
            "uptime_seconds": round((now() - started).total_seconds(), 3),
        }
    return {name: value for name, value in said.items() if value is not None}
