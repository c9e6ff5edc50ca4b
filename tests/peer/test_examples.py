"""Every example under the peer, with the import changed: it ends well, and prints the same."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.stories import EXAMPLES, Story, examples, name_of
from tests.peer.sides import PEER_PYTHON, Peer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it"),
]


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    side = Peer(tmp_path_factory.mktemp("peer"))
    yield side
    side.close()


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples as they would be written for the peer."""
    folder = tmp_path_factory.mktemp("moved") / "examples"
    shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for script in folder.rglob("*.py"):
        text = re.sub(r"\bheadrace\b", "prefect", script.read_text(encoding="utf-8"))
        script.write_text(re.sub(r"\bHEADRACE_", "PREFECT_", text), encoding="utf-8")
    return folder


@pytest.mark.parametrize("example", examples(), ids=name_of)
def test_an_example_prints_the_same_under_the_peer(example: Path, peer: Peer, moved: Path) -> None:
    script = moved / example.relative_to(EXAMPLES)
    told = peer.told(script)
    if told.exit_code != 0:  # on a busy machine the peer misses results of its own (MissingResult), now and then
        told = peer.told(script)

    assert (told.exit_code, told.error) == (0, None)
    # The message of a failed state is worded by each engine.
    printed = told.printed.replace("encountered an exception ", "encountered an exception: ")
    assert printed == Story.expected(name_of(example)).printed
