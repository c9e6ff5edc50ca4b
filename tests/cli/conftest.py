"""A terminal with an empty home for each test, and one whose home has runs, for tests that only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.terminal import SCRIPTS, Terminal, serving


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal of an empty home."""
    return Terminal(tmp_path / "home")


@pytest.fixture(params=["embedded", "over HTTP"])
def door(request: pytest.FixtureRequest, terminal: Terminal) -> Iterator[Terminal]:
    """A terminal of an empty control plane, in process and through a server."""
    if request.param == "embedded":
        yield terminal
        return
    with serving(Terminal(terminal.home.parent / "served")) as (_, url):
        yield Terminal(terminal.home, {"HEADRACE_API_URL": url})


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal of a home with three runs, oldest first: `sums` (and its subflow `report`) and `fails`."""
    terminal = Terminal(tmp_path_factory.mktemp("lived-in") / "home")
    assert terminal.type("run", f"{SCRIPTS}/pipeline.py:sums", "-p", "label=first").code == 0
    assert terminal.type("run", f"{SCRIPTS}/pipeline.py:fails").code == 1
    return terminal


@pytest.fixture(scope="module", params=["embedded", "over HTTP"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal that reads what `lived_in` has, in process and through a server."""
    home: Terminal = request.getfixturevalue("lived_in")
    if request.param == "embedded":
        yield home
        return
    with serving(home) as (_, url):
        yield Terminal(tmp_path_factory.mktemp("elsewhere") / "home", {"HEADRACE_API_URL": url})
