"""What holds for every test: an environment without settings, a home of its own, and rings marked by their folder."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent
MARKER_OF_RING = {"faults": pytest.mark.faults, "peer": pytest.mark.peer}

# At import, before any test module can import headrace: settings are read from the environment at each call, and the
# processes that tests start inherit it. No test may touch the user's own home.
for name in [name for name in os.environ if name.startswith(("HEADRACE_", "PREFECT_"))]:
    del os.environ[name]
# Without byte code each script that a test starts would compile the whole package first.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
session_home = Path(tempfile.mkdtemp(prefix="headrace-tests-"))
os.environ["HEADRACE_HOME"] = str(session_home)
# In the background of a shell without job control Ctrl-C is ignored, by each script that a test starts as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks each test with its ring, so that a folder is all that says where a test belongs."""
    for item in items:
        if item.path.is_relative_to(ROOT) and (ring := MARKER_OF_RING.get(item.path.relative_to(ROOT).parts[0])):
            item.add_marker(ring)


def pytest_unconfigure() -> None:
    """Removes the session's home."""
    shutil.rmtree(session_home, ignore_errors=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for one test, in this process and in those that it starts."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HEADRACE_HOME", str(folder))
    return folder
