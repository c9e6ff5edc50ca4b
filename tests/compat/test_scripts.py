"""`python -m headrace.compat`: scripts and modules run as the interpreter itself would run them."""

from pathlib import Path

import pytest

from tests.compat.processes import python

SHOWS = """
import sys, neighbour
from prefect import flow
@flow
def hello(): return f"{__name__} {__file__} {sys.argv[1:]} {neighbour.there} {__package__!r}"
if __name__ == "__main__":
    print(hello())
    assert sys.modules["__main__"].hello is hello and not hasattr(sys.modules["__main__"], "_USAGE")
    sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a script in another one, and the same as a module and as a package."""
    for name in ("scripts", "package"):
        (tmp_path / name).mkdir()
    (tmp_path / "scripts" / "neighbour.py").write_text("there = 'found'")
    (tmp_path / "neighbour.py").write_text("there = 'found'")
    for file in ("scripts/shows.py", "module.py", "package/__main__.py"):
        (tmp_path / file).write_text(SHOWS)
    (tmp_path / "package" / "__init__.py").write_text("")
    return tmp_path


def test_a_script_runs_with_its_arguments_beside_its_own_modules(folder: Path) -> None:
    ended = python("-m", "headrace.compat", "scripts/shows.py", 3, "--flag", folder=folder)
    assert ended.code == 3, ended.err
    assert ended.out == "__main__ scripts/shows.py ['3', '--flag'] found None\n"


@pytest.mark.parametrize(
    ("name", "file", "parent"), [("module", "module.py", ""), ("package", "package/__main__.py", "package")]
)
def test_a_module_runs(name: str, file: str, parent: str, folder: Path) -> None:
    ended = python("-m", "headrace.compat", "-m", name, 0, "-x", folder=folder)
    assert ended.code == 0, ended.err
    assert ended.out == f"__main__ {folder / file} ['0', '-x'] found {parent!r}\n"


def test_the_command_line_of_prefect_is_ours(folder: Path) -> None:
    ended = python("-m", "headrace.compat", "-m", "prefect", "flow-run", "ls", "-o", "json", folder=folder)
    assert (ended.code, ended.out) == (0, "[]\n"), ended.err


def test_threads_and_exit_functions_outlast_the_last_line(folder: Path) -> None:
    (folder / "outlasts.py").write_text(
        "import atexit, pickle, threading\n"
        "class Thing: pass\n"
        "def show(): print(type(pickle.loads(pickle.dumps(Thing()))) is Thing)\n"
        "ended = threading.main_thread().join\n"
        "def wait(): ended(); show()\n"
        "threading.Thread(target=wait).start()\n"
        "atexit.register(show)\n"
    )
    ended = python("-m", "headrace.compat", "outlasts.py", folder=folder)
    assert (ended.out, ended.err) == ("True\nTrue\n", "")


def test_a_pool_of_processes_forked_by_a_script_has_the_alias(folder: Path) -> None:
    (folder / "pool.py").write_text(
        "import multiprocessing\n"
        "def asked(n):\n"
        "    import prefect\n"
        "    return prefect.__name__\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "        print(pool.map(asked, [1]))\n"
    )
    ended = python("-m", "headrace.compat", "pool.py", folder=folder)
    assert ended.out == "['headrace']\n", ended.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "usage: python -m headrace.compat"),
        (("-c", "pass"), "usage: python -m headrace.compat"),
        (("nothing.py",), "headrace.compat: there is no file 'nothing.py'"),
        (("-m", "no_such_module"), "headrace.compat: there is no module 'no_such_module' that can be run"),
        (("-m", "prefect.docker"), "headrace.compat: prefect.docker is not in Headrace"),
    ],
)
def test_what_cannot_be_run_is_told(arguments: tuple[str, ...], told: str, folder: Path) -> None:
    ended = python("-m", "headrace.compat", *arguments, folder=folder)
    assert ended.code == 2
    assert ended.err.startswith(told)
