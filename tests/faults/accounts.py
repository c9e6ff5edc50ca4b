"""What the victims of the nemesis wrote down, held against the store: each run by its key, its attempts, its hooks.

What is asked of any script (see stored.py) is asked of them as well; here stands what their keys make it possible to
ask: that nothing is stored that nobody began, and nothing twice under another id.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from headrace._records import decode_history
from tests.faults.processes import Home
from tests.faults.stored import connect, rows, text

FLOWS_CALLED = {"child", "too_slow"}

__all__ = ["Account", "assert_accounts_agree", "read_account"]


@dataclass
class Account:
    """What only the victims write down."""

    called: Counter[str] = field(default_factory=Counter)
    entered: Counter[str] = field(default_factory=Counter)
    hooks: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredRun:
    """A run of either kind with the types and the names of its states, in order."""

    name: str
    types: list[str]
    names: list[str]


def read_account(home: Home) -> Account:
    """The victims' account; a line that its process was killed in was not written."""
    account = Account()
    for path in home.witness.glob("*.jsonl"):
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        for note in map(json.loads, whole.splitlines()):
            match note["kind"]:
                case "called":
                    account.called[note["key"]] += 1
                case "entered":
                    account.entered[note["id"]] += 1
                case "hook":
                    account.hooks[note["id"], note["state"]] += 1
                case "task_ended" | "flow_ended":
                    account.ended[note["id"]] = note["state"]
    return account


def assert_accounts_agree(home: Home) -> Account:
    """Compares the store with the victims' account, once the dead are recovered."""
    account = read_account(home)
    assert max(account.called.values()) == 1
    runs, said = read_stored(home)
    assert_each_is_called_once(account, [run.name for run in runs.values()], "runs")
    assert_each_is_called_once(account, said, "lines")
    assert_attempts_are_stored(account, runs)
    assert_hooks_were_right(account, runs)
    return account


def read_stored(home: Home) -> tuple[dict[str, StoredRun], list[str]]:
    """All runs by id, and the keys in the lines that the victims said."""
    with closing(connect(home.database)) as connection:
        states = defaultdict(list)
        for row in connection.execute("SELECT * FROM flow_run_states ORDER BY attempt, ordinal"):
            states[row["flow_run_id"]].append((row["type"], row["name"]))
        runs = {
            text(row["id"]): StoredRun(row["name"], *map(list, zip(*states[row["id"]], strict=True)))
            for row in rows(connection, "flow_runs")
        }
        for row in rows(connection, "task_runs"):
            if row["task_key"].rpartition("-")[0] in FLOWS_CALLED:  # It stands in its parent for a flow run.
                continue
            history = decode_history(row["history"])
            if history[-1].name == "Crashed" and row["name"] == name_of_unnamed(row):
                continue  # Its process died before it had named the run.
            runs[text(row["id"])] = StoredRun(row["name"], [s.type for s in history], [s.name for s in history])
        messages = [message for (message,) in connection.execute("SELECT message FROM logs")]
    return runs, [message.removeprefix("says ").split(" x")[0] for message in messages if message.startswith("says ")]


def name_of_unnamed(task_run: dict[str, Any]) -> str:
    """What a task run is called that nobody has named: by its task, and the end of its id."""
    return f"{task_run['task_key'].rpartition('-')[0]}-{text(task_run['id'])[-3:]}"


def assert_each_is_called_once(account: Account, keys: Iterable[str], what: str) -> None:
    stored = Counter(keys)
    unknown = stored.keys() - account.called.keys()
    assert not unknown, f"{what} are stored that nobody began: {sorted(unknown)[:5]} of {len(unknown)}"
    doubled = {key: count for key, count in stored.items() if count > 1}
    assert not doubled, f"{what} are stored more than once: {list(doubled.items())[:5]} of {len(doubled)}"


def assert_attempts_are_stored(account: Account, runs: dict[str, StoredRun]) -> None:
    """Whoever entered a run's function had reported so; where its process died just before, one more had been."""
    lost = account.entered.keys() - runs.keys()
    assert not lost, f"runs whose code ran are not stored: {sorted(lost)[:5]} of {len(lost)}"
    for run_id, run in runs.items():
        entered, stored = account.entered[run_id], run.types.count("RUNNING")
        more = 0 if account.ended.get(run_id) in ("Completed", "Failed") else 1
        assert entered <= stored <= entered + more, (
            f"{run.name} ({run_id}) was entered {entered} times; stored are {run.names}"
        )


def assert_hooks_were_right(account: Account, runs: dict[str, StoredRun]) -> None:
    """A hook is called once for each state, which is stored."""
    for (run_id, state), count in account.hooks.items():
        stored = runs[run_id].names.count(state)
        assert count <= stored, f"{count} hooks of {run_id} were told of {state}; stored are {runs[run_id].names}"
