"""The wheel, as somebody gets it who has neither the repository nor Node: it installs, runs, and is small."""

import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.architecture.source import ROOT
from tests.docs.blocks import blocks_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

VERSIONS = ("3.11", "3.12", "3.13")
MOST_DISTRIBUTIONS = 35
MOST_BYTES = 70_000_000
OF_EACH_ENVIRONMENT = {"pip", "setuptools"}


def interpreter(version: str) -> Path | None:
    """A Python of this version: the one that runs the tests, one on the path, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    found = shutil.which(f"python{version}")
    candidates = [
        Path(sys.executable),
        *([Path(found)] if found else []),
        *sorted(pyenv.glob(f"{version}.*/bin/python")),
    ]
    says = "import sys; print('%d.%d' % sys.version_info[:2])"
    for each in candidates:
        # A shim of pyenv is on the path of versions that are not in use, too, and fails.
        told = subprocess.run([each, "-c", says], capture_output=True, text=True, timeout=60, check=False)
        if told.stdout.strip() == version:
            return each
    return None


class Installed:
    """A virtual environment with nothing but the wheel and what it needs, and a folder to work in."""

    def __init__(self, python: Path, wheel: Path, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "venv" / "bin"
        subprocess.run([python, "-m", "venv", folder / "venv"], check=True, timeout=120)
        install = [self.bin / "python", "-m", "pip", "install", "--quiet", wheel]
        subprocess.run(install, check=True, timeout=400, cwd=folder, stdout=subprocess.DEVNULL)
        # No other program is on the path.
        self.environment = {"HOME": str(folder), "PATH": str(self.bin)}

    def run(self, *words: str) -> str:
        """What a program of the environment prints."""
        command = [str(self.bin / words[0]), *words[1:]]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def distributions(self) -> list[importlib.metadata.Distribution]:
        """What was installed into it."""
        (site_packages,) = (self.folder / "venv").glob("lib/python*/site-packages")
        found = importlib.metadata.distributions(path=[str(site_packages)])
        return [each for each in found if each.name.lower() not in OF_EACH_ENVIRONMENT]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run(build, check=True, timeout=300)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module", params=VERSIONS)
def installed(request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel installed for a version of Python."""
    python = interpreter(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param}")
    return Installed(python, wheel, tmp_path_factory.mktemp("installed"))


def test_it_holds_the_package_and_nothing_else(wheel: Path) -> None:
    top = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {re.sub(r"-[\d.]+\.dist-info", ".dist-info", name) for name in top} == {"headrace", "headrace.dist-info"}


def test_the_first_flow_runs_and_is_seen(installed: Installed) -> None:
    (flow,) = (block for block in blocks_of(ROOT / "README.md") if block.title == "forecast.py")
    (installed.folder / flow.title).write_text(flow.text, encoding="utf-8")
    assert installed.run("python", flow.title) == "Porto: 21.5\n"
    assert re.search(r"forecast +\w+-\w+ +Completed", installed.run("headrace", "flow-run", "ls"))
    assert "All is well." in installed.run("headrace", "doctor")


def test_its_server_answers(installed: Installed) -> None:
    command = [installed.bin / "headrace", "server", "start", "--port", "0"]
    server = subprocess.Popen(
        command, cwd=installed.folder, env=installed.environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        told = re.search(r"http://\S+/api", server.stdout.readline())
        assert told is not None
        assert httpx.post(f"{told[0]}/flow_runs/filter", json={}).status_code == 200
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)
    finally:
        server.kill()
        server.wait()


def test_it_brings_little_along(installed: Installed) -> None:
    distributions = installed.distributions()
    files = [Path(str(file.locate())) for each in distributions for file in each.files or []]
    size = sum(file.stat().st_size for file in files if file.is_file())
    print(f"{len(distributions)} distributions, {size / 1e6:.1f} MB")
    assert len(distributions) <= MOST_DISTRIBUTIONS, sorted(each.name for each in distributions)
    assert size <= MOST_BYTES
