"""The same script under both, with the import changed: what it says and what it leaves behind are equal."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.compat.environments import Environment
from tests.peer.recorded import runs_as_trees
from tests.peer.sides import PEER_PYTHON, Ours, Peer

SCRIPTS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
# What still differs. Strict: a script that comes to be equal has to leave this table.
DIFFERENT = {
    "flow_retry_with_tasks": "a flow retry runs no task again that completed; the peer: where results are persisted",
    "retry_conditions": "a task's last exception is told; the peer does not where a condition allows no retry",
    "unnamed_runs": "a run that cannot be named is Failed and says so; the peer leaves it Pending for ever",
    "edge_from_subflow": "an edge from a subflow names its task run in the parent; the peer names the subflow itself",
    "generators_to_tasks": "a consumer is not inside of the run that it iterates over; with the peer, its tasks are",
    "generators_closed_early": "a task closed early says RolledBack in its line too; the peer says Completed there",
    "states_as_arguments": "a state given to a subflow is stored as the result that it gets; the peer stores no result",
    "subflow_not_ready": "a subflow that may not start is a task run of its parent alone; the peer makes a flow run",
    "hook_cancelled": "a flow that others cancel is Cancelled when its hooks are called; the peer leaves it Cancelling",
    "hook_copies": "each copy has its own hooks, and none for an empty list; with the peer, copies share theirs",
    "hook_crashed_task": "a task that crashes calls no hooks; the peer calls those of Running once more",
    "hook_interrupted": "what interrupts a flow's hook reaches the caller; the peer drops it, Ctrl-C included",
    "hook_results": "a plain hook of an async run sees results of states; with the peer coroutines, of no use to it",
    "hook_running": "a flow's hooks of Running are inside of its run; the peer calls them before there is one",
    "static_methods": "a static method takes what it is given, through instances, too; the peer puts these first",
    "process_pool_edges": "edges are drawn to tasks in other processes, and tags in force go there; the peer: neither",
    "process_pool_subflow": "a subflow in another process is named as any other; the peer names it by an id there",
    "coerced_parameters": "a run's parameters are stored as validated; the peer stores them as given",
}

# Each third script also runs as it is, by the alias: enough to see that it is no other Headrace.
# Those that start another Python by themselves need it in their environment.
IN_AN_ENVIRONMENT = [script for script in SCRIPTS if "sys.executable" in script.read_text(encoding="utf-8")]
BY_ALIAS = [script for script in SCRIPTS[::3] if script not in IN_AN_ENVIRONMENT]

needs_the_peer = pytest.mark.skipif(not PEER_PYTHON.exists(), reason="there is no .peer: `make peer` installs it")


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    side = Peer(tmp_path_factory.mktemp("peer"))
    yield side
    side.close()


def moved_over(source: str) -> str:
    """A script for Headrace: the name of the package changed wherever it stands."""
    return re.sub(r"\bprefect\b", "headrace", source)


def scripts() -> list[Any]:
    """A parameter for each script, marked where it is known to differ."""
    return [
        pytest.param(
            script,
            id=script.stem,
            marks=[pytest.mark.xfail(reason=DIFFERENT[script.stem], strict=True)] if script.stem in DIFFERENT else [],
        )
        for script in SCRIPTS
    ]


@needs_the_peer
@pytest.mark.parametrize("script", scripts())
def test_a_script_does_under_headrace_what_it_does_under_the_peer(script: Path, tmp_path: Path, peer: Peer) -> None:
    source = script.read_text(encoding="utf-8")
    copies = {"theirs": source, "ours": moved_over(source)}
    for side, text in copies.items():
        (tmp_path / side).mkdir()
        (tmp_path / side / script.name).write_text(text, encoding="utf-8")

    told, recorded = Ours().run(tmp_path / "ours" / script.name, tmp_path / "home")
    trees = runs_as_trees(recorded)
    peer_told, peer_recorded = peer.run(
        tmp_path / "theirs" / script.name, is_settled=lambda left: runs_as_trees(left) == trees
    )

    assert told == peer_told
    assert trees == runs_as_trees(peer_recorded)


@pytest.mark.parametrize("script", BY_ALIAS, ids=lambda script: script.stem)
def test_a_script_does_unchanged_by_the_alias_what_it_does_moved_over(script: Path, tmp_path: Path) -> None:
    assert_same_by(Ours(sys.executable, "-m", "headrace.compat"), script, tmp_path)


@pytest.mark.parametrize("script", IN_AN_ENVIRONMENT, ids=lambda script: script.stem)
def test_so_does_one_that_starts_another_python_where_the_alias_is_on(script: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    assert environment.compat("enable").code == 0
    assert_same_by(Ours(str(environment.interpreter)), script, tmp_path)


def assert_same_by(alias: Ours, script: Path, folder: Path) -> None:
    moved = folder / script.name
    moved.write_text(moved_over(script.read_text(encoding="utf-8")), encoding="utf-8")

    told, recorded = alias.run(script, folder / "alias")
    told_moved, recorded_moved = Ours().run(moved, folder / "home")

    assert told == told_moved
    assert runs_as_trees(recorded) == runs_as_trees(recorded_moved)
