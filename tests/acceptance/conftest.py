"""Each test has a home of its own, in this process and in those that it starts, and reads it through the client."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from headrace._engine.session import close_session
from tests.acceptance.doors import reported_to_a_server
from tests.acceptance.faces import FACES, Face
from tests.acceptance.hook_calls import Calls
from tests.acceptance.stored import Stored
from tests.acceptance.waits import Waits


@pytest.fixture(autouse=True)
def own_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home of this test: no session of an earlier test writes to it, and none is left to a later one."""
    close_session()
    with reported_to_a_server(home, monkeypatch):
        yield home
        close_session()


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> Face:
    """Flows and tasks as plain functions, then as coroutine functions."""
    return FACES[request.param]()


@pytest.fixture
def stored() -> Stored:
    """What the home of this test holds."""
    return Stored()


@pytest.fixture
def calls() -> Calls:
    """Which hooks the runs of this test have called."""
    return Calls()


@pytest.fixture
def waits() -> Iterator[Waits]:
    """Waits that end with the test."""
    waits = Waits()
    yield waits
    waits.is_over.set()


StartScript = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[StartScript]:
    """Starts a script on the home of this test; what still runs at the end of the test is killed."""
    started: list[subprocess.Popen[str]] = []

    def start_script(source: str) -> "subprocess.Popen[str]":
        script = tmp_path / f"script_{len(started)}.py"
        script.write_text(dedent(source), encoding="utf-8")
        process = subprocess.Popen(
            [sys.executable, str(script)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        started.append(process)
        return process

    yield start_script
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()
