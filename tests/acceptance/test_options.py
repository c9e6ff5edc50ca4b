"""The options of flows and tasks: their defaults, copies with other options, and what is refused."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from headrace import flow, task
from headrace.exceptions import InvalidNameError
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


def test_a_flow_has_the_checksum_of_its_file_as_version(face: Face, stored: Stored) -> None:
    @face.flow
    def versioned() -> None:
        return None

    here = hashlib.md5(Path(__file__).read_bytes(), usedforsecurity=False).hexdigest()
    assert flow(test_a_flow_has_the_checksum_of_its_file_as_version).version == here
    face.run(versioned.with_options(version="7"))
    assert stored.flow_run().flow_version == "7"


def test_what_stands_in_no_file_has_no_version() -> None:
    assert flow(eval("lambda: None")).version is None
    assert flow(print).version is None
    assert task(print).version is None


def test_a_copy_has_the_options_given_and_for_the_rest_those_of_the_first(face: Face) -> None:
    @face.task(name="first", description="what it does", tags=["a"], version="1", task_run_name="n")
    def some_task() -> int:
        return 3

    @face.flow(name="first", description="what it does", version="1", flow_run_name="n", validate_parameters=False)
    def some_flow() -> int:
        return 4

    renamed = some_task.with_options(name="second", task_run_name=None)
    assert (renamed.name, renamed.description, renamed.tags) == ("second", "what it does", {"a"})
    assert (renamed.version, renamed.task_run_name, some_task.task_run_name) == ("1", None, "n")
    assert face.run(renamed) == 3

    described = some_flow.with_options(description="another", name=None)
    assert (described.name, described.description, described.version) == ("first", "another", "1")
    assert (described.flow_run_name, described.should_validate_parameters) == ("n", False)
    assert face.run(described) == 4


@pytest.mark.parametrize("decorate", [task, flow])
def test_options_that_are_not_there_yet_say_so(decorate: Any) -> None:
    kind = decorate.__name__
    with pytest.raises(TypeError, match=f"'persist_result' of @{kind} is not there yet"):
        decorate(persist_result=True)
    with pytest.raises(TypeError, match=f"@{kind} has no option 'retires'; its options are description, "):
        decorate(retires=3)
    with pytest.raises(TypeError, match=f"Expected string for {kind} parameter 'name'; got int instead"):
        decorate(name=3)
    with pytest.raises(TypeError, match="has no option 'tag'"):
        decorate(print).with_options(tag="a")


@pytest.mark.parametrize("character", "/%&><")
def test_a_flow_has_a_name_that_the_api_takes(character: str, stored: Stored) -> None:
    unnamed = flow(lambda: 1)
    assert unnamed.name == "unknown-lambda"
    with pytest.raises(InvalidNameError, match=f"The name 'a{character}b' of a flow contains one of / % & > <"):
        unnamed.with_options(name=f"a{character}b")
    with pytest.raises(InvalidNameError, match="at most 2000 bytes in UTF-8, and 'aaa"):
        unnamed.with_options(name="a" * 2_001)
    assert task(lambda: 1, name=f"a{character}b").name == f"a{character}b"
    unnamed()
    assert stored.flow_run("unknown-lambda").state_name == "Completed"
