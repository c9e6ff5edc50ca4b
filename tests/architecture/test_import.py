"""Importing is free: what `from headrace import flow, task`, decorating, and a plain run load, open and start."""

import json
import os
import subprocess
import sys
from math import inf
from pathlib import Path
from typing import Any

import pytest

# Each costs 8 to 300 ms, and a plain script needs none of them. What msgspec itself brings is not counted.
NEVER_ON_IMPORT = {
    "asyncio", "click", "concurrent.futures", "hashlib", "httpx", "importlib.metadata", "inspect", "psycopg",
    "pydantic", "random", "rich", "sqlalchemy", "sqlite3", "starlette", "tomllib", "uuid", "uvicorn",
    "headrace._wire", "headrace.server", "headrace.cli",
}  # fmt: skip
# A run needs the store, and nothing else of these.
NEVER_IN_A_PLAIN_RUN = NEVER_ON_IMPORT - {"sqlite3", "headrace.server"}
CPU_MILLISECONDS = 60.0
# Processor time, too, grows while other work fills the caches: the import is within its budget if any of these is.
OBSERVATIONS = 25
MODULES = 110

OBSERVED = """
import json, os, sys, threading, time
touched = []
def watch(event, args):
    if event == "open":
        path = str(args[0])
        if not any(mark in path for mark in (".py", ".so")) and not os.path.isdir(path):
            touched.append(f"open {path}")
    elif event.startswith(("socket.", "sqlite3.", "subprocess.", "os.mkdir", "os.rename", "os.remove", "mmap.")):
        touched.append(f"{event} {args}")
sys.addaudithook(watch)
before = set(sys.modules)
began = time.process_time()
BODY
print(json.dumps({
    "cpu_ms": (time.process_time() - began) * 1000,
    "loaded": sorted(set(sys.modules) - before),
    "touched": touched,
    "threads": threading.active_count(),
}), file=sys.stderr)
"""

DECORATED = """
from headrace import flow, task

@task
def say(name: str) -> str:
    return f"Hello {name}"

@task(name="Wait", tags={"a"})
async def wait() -> None:
    return None

@flow(name="Greeting", validate_parameters=True)
def hello(name: str = "world") -> str:
    return say(name)

@flow
async def hello_async() -> None:
    await wait()
"""


def observe(body: str, home: Path) -> dict[str, Any]:
    """Runs `body` in a process of its own and returns what it loaded, touched and started."""
    environment = {**os.environ, "HEADRACE_HOME": str(home)}
    command = [sys.executable, "-c", OBSERVED.replace("BODY", body)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1])


@pytest.fixture(scope="module")
def decorated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return observe(DECORATED, tmp_path_factory.mktemp("nothing") / "home")


@pytest.fixture(scope="module")
def brought_by_msgspec(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return set(observe("import msgspec", tmp_path_factory.mktemp("nothing"))["loaded"])


def test_importing_and_decorating_load_nothing_heavy(decorated: dict[str, Any], brought_by_msgspec: set[str]) -> None:
    loaded = set(decorated["loaded"]) - brought_by_msgspec
    assert sorted(loaded & NEVER_ON_IMPORT) == []


def test_importing_and_decorating_load_few_modules(decorated: dict[str, Any]) -> None:
    assert len(decorated["loaded"]) <= MODULES


def test_importing_and_decorating_open_nothing_and_make_nothing(decorated: dict[str, Any]) -> None:
    assert decorated["touched"] == []


def test_importing_and_decorating_start_no_thread(decorated: dict[str, Any]) -> None:
    assert decorated["threads"] == 1


def test_importing_keeps_to_its_budget(tmp_path: Path) -> None:
    taken: list[float] = []
    while min(taken, default=inf) > CPU_MILLISECONDS and len(taken) < OBSERVATIONS:
        taken.append(observe("from headrace import flow, task", tmp_path)["cpu_ms"])
    assert min(taken) <= CPU_MILLISECONDS


def test_a_plain_run_loads_the_store_and_nothing_heavy(tmp_path: Path, brought_by_msgspec: set[str]) -> None:
    loaded = set(observe(DECORATED + "\nassert hello() == 'Hello world'\n", tmp_path)["loaded"]) - brought_by_msgspec
    assert sorted(loaded & NEVER_IN_A_PLAIN_RUN) == []


def test_task_runners_load_nothing_of_processes_before_one_is_used(tmp_path: Path) -> None:
    loaded = set(observe("from headrace.task_runners import ProcessPoolTaskRunner", tmp_path)["loaded"])
    assert loaded & {"cloudpickle", "multiprocessing", "headrace._engine.process_calls"} == set()
