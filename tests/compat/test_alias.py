"""`import prefect` gives Headrace: one object under both names; what is absent says so; a Prefect is never mixed in."""

import json
from pathlib import Path

import pytest

from tests.architecture.surface import public_modules
from tests.compat.processes import Ended, python

INSTALL = "import headrace.compat\nheadrace.compat.install()\n"
# Of these Prefect knows nothing.
OURS_ALONE = ("headrace.compat", "headrace.__main__")


def run(source: str, folder: Path, *, before: str = INSTALL) -> Ended:
    """A script in a process of its own."""
    (folder / "script.py").write_text(before + source)
    return python("script.py", folder=folder)


def printed(source: str, folder: Path, *, before: str = INSTALL) -> str:
    """What a script prints that ends well."""
    ended = run(source, folder, before=before)
    assert ended.code == 0, ended.err
    return ended.out.removesuffix("\n")


def test_every_public_module_is_one_object_under_both_names(tmp_path: Path) -> None:
    names = [name for name in public_modules() if not name.startswith(OURS_ALONE)]
    # Which of the two is imported first must not matter.
    first = [name if index % 2 else name.replace("headrace", "prefect", 1) for index, name in enumerate(names)]
    source = f"""
import sys
from importlib import import_module
for name in {first}:
    import_module(name)
for name in {names}:
    theirs = import_module(name.replace("headrace", "prefect", 1))
    module = import_module(name)
    assert theirs is module is sys.modules[name] and module.__name__ == module.__spec__.name == name, name
"""
    printed(source, tmp_path)


def test_loggers_of_both_are_the_same(tmp_path: Path) -> None:
    source = """
import logging
for name in ("", ".flow_runs", ".task_runs"):
    assert logging.getLogger("prefect" + name) is logging.getLogger("headrace" + name)
assert logging.getLogger("prefect.of.a.library").parent is logging.getLogger("headrace")
"""
    printed(source, tmp_path)


def test_names_of_both_are_the_same_objects(tmp_path: Path) -> None:
    source = """
import headrace, prefect, prefect.states as s
from headrace.client.schemas.objects import FlowRun as Ours
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectException
from prefect import runtime, flow
assert prefect is headrace and s is headrace.states and FlowRun is Ours and flow is headrace.flow
assert PrefectException is headrace.exceptions.HeadraceException
assert prefect.exceptions.PrefectException is PrefectException
assert runtime is prefect.runtime is headrace.runtime
"""
    printed(source, tmp_path)


def test_submodules_come_when_they_are_asked_for(tmp_path: Path) -> None:
    source = """
import sys, prefect
before = "headrace.states" in sys.modules
print(before, prefect.states.__name__, prefect.runtime.flow_run.id)
"""
    assert printed(source, tmp_path) == "False headrace.states None"


def test_a_flow_of_prefect_runs(tmp_path: Path) -> None:
    source = """
from prefect import flow, task
@task
def double(n: int) -> int:
    return 2 * n
@flow
def sums() -> int:
    return double(2) + 1
print(sums())
"""
    assert printed(source, tmp_path) == "5"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("import prefect.docker.docker_image", "ModuleNotFoundError: prefect.docker is not in Headrace"),
        ("from prefect import docker", "ImportError: prefect.docker is not in Headrace"),
        ("from prefect.testing.cli import check_contains", "ModuleNotFoundError: prefect.testing is not in Headrace"),
        ("from prefect import deploy", "ImportError: prefect.deploy is not in Headrace"),
        ("prefect.deploy", "AttributeError: module 'headrace' has no attribute 'deploy' (prefect.deploy is not in"),
        ("from prefect.states import Nowhere", "ImportError: prefect.states has no 'Nowhere': it is none of the"),
        ("import prefect.nowhere", "ModuleNotFoundError: There is no prefect.nowhere: it is none of the public"),
        ("import prefect.server", "ModuleNotFoundError: There is no prefect.server: it is none of the public"),
        ("import prefect._kernel", "ModuleNotFoundError: There is no prefect._kernel: it is none of the public"),
    ],
)
def test_what_is_absent_says_so(statement: str, told: str, tmp_path: Path) -> None:
    ended = run(f"import prefect, prefect.states\n{statement}\n", tmp_path)
    assert ended.err.splitlines()[-1].startswith(told)


def test_what_is_absent_can_be_asked_for_politely(tmp_path: Path) -> None:
    source = """
import prefect
print(hasattr(prefect, "deploy"), getattr(prefect, "nothing", None))
try:
    from prefect.docker import DockerImage
except ImportError:
    print("none")
"""
    assert printed(source, tmp_path) == "False None\nnone"


def test_our_own_names_answer_as_without_the_alias(tmp_path: Path) -> None:
    asked = "from headrace.states import Nowhere"
    with_alias = run(f"import prefect.states\n{asked}", tmp_path).err.splitlines()[-1]
    assert with_alias == run(asked, tmp_path, before="").err.splitlines()[-1]
    assert with_alias.startswith("ImportError: cannot import name 'Nowhere' from 'headrace.states'")


def test_the_version_is_that_of_the_api_to_who_says_prefect(tmp_path: Path) -> None:
    source = """
import headrace, prefect, prefect as pf
from headrace import __version__ as ours
from prefect import __version__ as theirs
def asked(): return [prefect.__version__, pf.__version__, theirs, headrace.__version__, ours]
import json
print(json.dumps(asked()))
"""
    *theirs, ours, ours_again = json.loads(printed(source, tmp_path))
    assert ours == ours_again == printed("print(headrace.__version__)", tmp_path)
    assert {version.partition(".")[0] for version in theirs} == {"3"}
    assert len(set(theirs)) == 1


def test_a_module_can_be_reloaded_and_found_by_its_prefect_name(tmp_path: Path) -> None:
    source = """
import importlib, importlib.util, pickle, prefect.states
assert importlib.util.find_spec("prefect.states").name == "headrace.states"
assert importlib.reload(prefect.states) is prefect.states
assert pickle.loads(b"cprefect.exceptions\\nFailedRun\\n.") is prefect.exceptions.FailedRun
"""
    printed(source, tmp_path)


def test_two_threads_import_one_module(tmp_path: Path) -> None:
    source = """
import sys
from importlib import import_module
from threading import Barrier, Thread
both = Barrier(2)
found = []
def take(name):
    both.wait()
    found.append(import_module(name))
threads = [Thread(target=take, args=[name]) for name in ("prefect.client.orchestration",) * 2]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert found[0] is found[1] is sys.modules["headrace.client.orchestration"]
"""
    printed(source, tmp_path)


def test_a_prefect_that_is_imported_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "prefect.py").write_text("real = True\n")
    ended = run("", tmp_path, before="import prefect\n" + INSTALL)
    assert ended.err.splitlines()[-1].startswith(f"ImportError: prefect is imported already, from {tmp_path}")


def test_a_prefect_that_is_installed_gives_way_only_where_asked(tmp_path: Path) -> None:
    (tmp_path / "prefect.py").write_text("real = True\n")
    asked = "import prefect\nprint(hasattr(prefect, 'real'))\n"
    assert printed(asked, tmp_path, before="import headrace.compat\n") == "True"
    assert printed(asked, tmp_path) == "False"


def test_a_second_installation_changes_nothing(tmp_path: Path) -> None:
    source = """
import sys, prefect
before = list(sys.meta_path)
headrace.compat.install()
print(sys.meta_path == before)
"""
    assert printed(source, tmp_path) == "True"


def test_nothing_of_it_is_loaded_by_a_script_that_does_not_ask(tmp_path: Path) -> None:
    source = """
import sys
from headrace import flow, task
print([name for name in sys.modules if name.startswith("headrace.compat")])
"""
    assert printed(source, tmp_path, before="") == "[]"
