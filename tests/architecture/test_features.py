"""What is not used costs nothing: counted in Python functions and bytecode instructions, which have no noise."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench import PROGRAMS
from benchmarks.programs.features import FEATURES
from tests.architecture.source import ROOT

# What a plain no-op task enters in its thread, from its call to its return. Who adds one has a reason to change this.
FUNCTIONS = 54
# The look for stand-ins among arguments that are all numbers, text and the like, once a process has any such type.
LOOK_INSTRUCTIONS = 15

Counts = dict[str, float]


def beside(feature: str, home: Path) -> Counts:
    """What a plain task costs in a process that has used a feature."""
    environment = {**os.environ, "HEADRACE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(PROGRAMS / "features.py"), feature, "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["beside"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """In a process that never heard of any."""
    return beside("plain", tmp_path_factory.mktemp("home"))


def test_a_plain_task_enters_few_functions(plain: Counts) -> None:
    assert plain["functions"] <= FUNCTIONS


@pytest.mark.parametrize("feature", [name for name, feature in FEATURES.items() if not feature.environment])
def test_a_feature_adds_nothing_to_a_task_that_does_not_use_it(feature: str, plain: Counts, tmp_path: Path) -> None:
    cost = beside(feature, tmp_path)
    assert cost["functions"] == plain["functions"]
    assert cost["instructions"] <= plain["instructions"] + LOOK_INSTRUCTIONS
