"""Programs of the peer, whose client reports to a server of ours."""

import os
import subprocess
from pathlib import Path

from tests.peer.sides import PEER_PYTHON

__all__ = ["PROGRAMS", "client_environment", "run_client"]

PROGRAMS = Path(__file__).parent / "real_client"


def client_environment(url: str, home: Path, **variables: str) -> dict[str, str]:
    """What a program of the peer finds in its environment."""
    return {**os.environ, "PREFECT_API_URL": url, "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1", **variables}


def run_client(
    url: str,
    home: Path,
    *arguments: object,
    python: Path = PEER_PYTHON,
    timeout_seconds: float = 100,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Runs the peer's Python, or another program beside it, to its end."""
    return subprocess.run(
        [python, *map(str, arguments)],
        env=client_environment(url, home, **variables),
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
