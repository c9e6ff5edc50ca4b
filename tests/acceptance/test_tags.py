"""Tags: those of a task, those in force where a run begins, and who inherits them."""

from typing import Any

import pytest

from headrace import flow, tags, task
from headrace.runtime import flow_run, task_run
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


def test_runs_that_begin_in_a_block_have_its_tags_and_those_of_their_task(face: Face, stored: Stored) -> None:
    @face.task(tags=["own", "shared"])
    def look() -> list[str]:
        return task_run.tags

    @face.flow
    def inner() -> Any:
        return flow_run.tags, (yield look())

    @face.flow
    def outer() -> Any:
        plain = yield look()
        with tags("shared", "a"), tags("b"):
            return plain, (yield look()), (yield inner())

    with tags("top"):
        plain, tagged, (flow_tags, task_tags) = face.run(outer)
    assert plain == ["own", "shared", "top"]
    assert tagged == task_tags == ["a", "b", "own", "shared", "top"]
    assert flow_tags == ["a", "b", "shared", "top"]
    assert stored.flow_run("outer").tags == ["top"]
    assert stored.flow_run("inner").tags == flow_tags
    assert sorted(run.tags for run in stored.task_runs() if run.name.startswith("look")) == [tagged, tagged, plain]


def test_a_block_hands_over_what_is_in_force_and_ends_with_an_exception() -> None:
    def fail(current: set[str]) -> None:
        raise ValueError(sorted(current))

    with pytest.raises(ValueError, match="'a', 'b'"), tags("a"), tags("b", "a") as current:
        fail(current)
    with tags() as current:
        assert current == set()


def test_a_task_with_options_has_other_tags_and_the_first_keeps_its_own(face: Face, stored: Stored) -> None:
    @face.task(tags={"first"})
    def look() -> None:
        return None

    face.run(look.with_options(tags=["second"]))
    assert look.tags == {"first"}
    assert stored.task_run().tags == ["second"]


@pytest.mark.parametrize("give", [lambda: task(tags=["a", 3])(print), lambda: tags("a", 3).__enter__()])
def test_a_tag_that_is_no_text_is_refused(give: Any) -> None:
    with pytest.raises(TypeError, match=r"Tags are strings, but .* was given 3, of the type int"):
        give()


def test_a_flow_has_no_tags_of_its_own() -> None:
    with pytest.raises(TypeError, match="@flow has no option 'tags'"):
        flow(tags=["a"])(print)  # type: ignore[call-overload]
