"""`headrace compat enable | disable | status` in a real environment: every process of it, and nothing left behind."""

import json
import os
import shutil
from pathlib import Path

import pytest

from headrace.compat._environment import VARIABLE
from tests.compat.environments import Environment
from tests.compat.processes import python

ASKED = "import prefect; print(prefect.__name__)"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


def test_it_is_turned_on_and_off_for_every_process(environment: Environment) -> None:
    before = environment.files()
    assert environment.python("-c", ASKED).code == 1
    assert environment.compat("enable").out.startswith("On: import prefect gives Headrace, by ")
    assert environment.python("-c", ASKED).out == "headrace\n"
    in_a_child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ASKED!r}], check=True)"
    assert environment.python("-c", in_a_child).out == "headrace\n"
    assert environment.python("-m", "prefect", "--version").out == environment.python("-m", "headrace", "--version").out
    assert environment.compat("enable").out.startswith("Already on: ")
    assert environment.files() - before == {"headrace_compat.pth"}
    assert environment.compat("disable").out.startswith("Off: ")
    assert environment.compat("disable").out.startswith("Already off: ")
    assert environment.files() == before
    assert environment.python("-c", ASKED).code == 1


def test_spawned_workers_of_a_script_find_it(environment: Environment) -> None:
    environment.compat("enable")
    (environment.folder / "pool.py").write_text(
        "import multiprocessing\n"
        "from prefect import flow\n"
        "def name(n): return flow.__module__\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(name, [1]))\n"
    )
    assert environment.python("pool.py").out == "['headrace.flows']\n"


def test_a_variable_switches_it_off(environment: Environment) -> None:
    environment.compat("enable")
    assert environment.python("-c", ASKED, **{VARIABLE: "0"}).code == 1
    status = environment.compat("status", **{VARIABLE: "0"})
    assert status.out.startswith("Off here: HEADRACE_COMPAT=0 is set.")
    # It is no setting, and no mistake either.
    assert "no such setting" not in environment.python("-m", "headrace", "doctor", **{VARIABLE: "0"}).out


def test_the_status_says_what_is_on_and_why(environment: Environment) -> None:
    file = environment.site_packages / "headrace_compat.pth"
    assert environment.compat("status").out == f"Off: there is no {file}. headrace compat enable writes it.\n"
    environment.compat("enable")
    assert environment.compat("status").out == f"On: import prefect gives Headrace, by {file}.\n"
    told = json.loads(environment.compat("status", "-o", "json").out)
    assert told == {
        "is_on": True, "file": str(file), "is_written": True, "is_current": True, "is_read": True,
        "switched_off": False, "real_prefect": None,
    }  # fmt: skip


def test_a_file_of_another_version_is_written_anew(environment: Environment) -> None:
    file = environment.site_packages / "headrace_compat.pth"
    file.write_text("import sys\n")
    assert "of another version" in environment.compat("status").out
    environment.compat("enable")
    assert environment.python("-c", ASKED).out == "headrace\n"


def test_a_prefect_that_is_installed_is_hidden_while_it_is_on(environment: Environment) -> None:
    (environment.site_packages / "prefect.py").write_text("")
    metadata = environment.site_packages / "prefect-3.1.0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: prefect\nVersion: 3.1.0\n")
    assert "Prefect 3.1.0 is installed in this environment, and is what" in environment.compat("status").out
    assert "Prefect 3.1.0 is installed in this environment, and is hidden." in environment.compat("enable").out
    assert environment.python("-c", ASKED).out == "headrace\n"
    assert environment.python("-c", ASKED, **{VARIABLE: "0"}).out == "prefect\n"


def test_an_environment_that_cannot_be_written_is_refused(environment: Environment) -> None:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root is bound by no permissions, and there is no setpriv")
    command = [str(environment.interpreter), "-m", "headrace", "compat", "enable"]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override", *command]
    environment.site_packages.chmod(0o555)
    try:
        refused = python(*command[1:], folder=environment.folder, interpreter=command[0])
    finally:
        environment.site_packages.chmod(0o755)
    assert refused.code == 1
    assert refused.err.startswith(
        f"Error: {environment.site_packages} cannot be written (Permission denied), so nothing"
    )
    assert "headrace_compat.pth" not in environment.files()


def test_a_process_that_imports_no_prefect_loads_nothing(environment: Environment) -> None:
    loaded = "import sys; print(sorted(n for n in sys.modules if not n.startswith(('encodings', 'sitecustomize'))))"
    without = environment.python("-c", loaded).out
    environment.compat("enable")
    assert environment.python("-c", loaded).out == without
