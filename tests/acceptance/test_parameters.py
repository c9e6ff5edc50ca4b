"""Parameters of flows: coerced and validated as the annotations say, and kept with the run."""

from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, SecretStr

from headrace import flow
from headrace.exceptions import ParameterTypeError, SignatureMismatchError
from headrace.states import StateType
from tests.acceptance.faces import Face
from tests.acceptance.stored import Stored


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Window(BaseModel):
    first: date
    days: int = Field(default=7, gt=0)


@pytest.mark.parametrize(
    ("annotation", "given", "received"),
    [
        (int, "42", 42),
        (float, 1, 1.0),
        (bool, "yes", True),
        (date, "2024-02-29", date(2024, 2, 29)),
        (datetime, "2024-02-29T12:00:00Z", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        (timedelta, "PT90S", timedelta(seconds=90)),
        (Path, "out", Path("out")),
        (UUID, "01890000-0000-7000-8000-000000000000", UUID("01890000-0000-7000-8000-000000000000")),
        (Colour, "red", Colour.RED),
        (Colour | None, None, None),
        (int | str, "7", "7"),
        (list[int], ("1", 2), [1, 2]),
        (dict[str, date], {"first": "2024-01-01"}, {"first": date(2024, 1, 1)}),
        (Window, {"first": "2024-01-01"}, Window(first=date(2024, 1, 1), days=7)),
        (list[Window], [{"first": "2024-01-01", "days": "1"}], [Window(first=date(2024, 1, 1), days=1)]),
        (Any, "as it is", "as it is"),
    ],
    ids=str,
)
def test_a_value_is_coerced_to_its_annotation(annotation: Any, given: Any, received: Any, face: Face) -> None:
    def give_back(value: Any) -> Any:
        return value

    give_back.__annotations__["value"] = annotation
    assert face.run(face.flow(give_back), given) == received


def test_a_model_is_handed_on_as_it_is(face: Face) -> None:
    @face.flow
    def give_back(window: Window) -> Window:
        return window

    window = Window(first=date(2024, 1, 1))
    assert face.run(give_back, window) == window


def test_what_has_no_annotation_is_handed_on_as_it_is(face: Face) -> None:
    @face.flow
    def give_back(value):  # type: ignore[no-untyped-def] - that is what is tried
        return value

    value = object()
    assert face.run(give_back, value) is value


def test_every_kind_of_parameter_is_validated(face: Face, stored: Stored) -> None:
    @face.flow
    def collect(a: int, /, b: int, *rest: int, c: int = 0, **named: int) -> list[Any]:
        return [a, b, rest, c, named]

    assert face.run(collect, "1", "2", "3", "4", c="5", d="6") == [1, 2, (3, 4), 5, {"d": 6}]
    assert stored.flow_run().parameters == {"a": 1, "b": 2, "rest": [3, 4], "c": 5, "named": {"d": 6}}


def test_a_default_is_a_parameter_of_the_run(face: Face, stored: Stored) -> None:
    @face.flow
    def greet(name: str = "Ada", colour: Colour = Colour.BLUE) -> tuple[str, Colour]:
        return name, colour

    assert face.run(greet) == ("Ada", Colour.BLUE)
    assert stored.flow_run().parameters == {"name": "Ada", "colour": "blue"}


def test_a_bad_value_is_refused_before_anything_runs(face: Face, stored: Stored) -> None:
    entered: list[int] = []

    @face.flow
    def count(start: int, step: int) -> None:
        entered.append(start)

    with pytest.raises(ParameterTypeError) as caught:
        face.run(count, start="many", step=1)
    assert "'count'" in str(caught.value)
    assert "start: Input should be a valid integer" in str(caught.value)
    assert "'many'" in str(caught.value)
    assert "step" not in str(caught.value)
    assert entered == []
    run = stored.flow_run()
    assert (run.state_type, stored.history(run)) == (StateType.FAILED, ["Pending", "Failed"])
    assert "start: Input should be a valid integer" in str(stored.states(run)[-1].message)
    assert (run.start_time, run.run_count) == (run.end_time, 0)
    assert run.parameters == {"start": "many", "step": 1}


def test_each_parameter_that_is_refused_is_named(face: Face) -> None:
    @face.flow
    def load(window: Window, colour: Colour, limit: int) -> None:
        return None

    with pytest.raises(ParameterTypeError) as caught:
        face.run(load, {"first": "soon", "days": 0}, "green", 3)
    refusals = [line.split(":")[0] for line in str(caught.value).splitlines()[1:]]
    assert refusals == [" - window.first", " - window.days", " - colour"]


def test_a_refused_call_can_be_asked_for_its_state(face: Face, stored: Stored) -> None:
    @face.flow
    def count(start: int) -> None:
        return None

    state = face.run(count, "many", return_state=True)
    assert (state.type, state.id) == (StateType.FAILED, stored.flow_run().state_id)
    with pytest.raises(ParameterTypeError):
        state.result()


def test_a_flow_may_take_its_parameters_unseen(face: Face) -> None:
    @face.flow(validate_parameters=False)
    def count(start: int) -> Any:
        return start

    assert face.run(count, "many") == "many"


def test_a_tasks_parameters_are_not_coerced(face: Face) -> None:
    @face.task
    def give_back(value: int) -> Any:
        return value

    @face.flow
    def ask() -> Any:
        return (yield give_back("7"))

    assert face.run(ask) == "7"


def test_a_secret_is_not_stored(face: Face, stored: Stored) -> None:
    @face.flow
    def log_in(password: SecretStr) -> str:
        return password.get_secret_value()

    assert face.run(log_in, "swordfish") == "swordfish"
    assert stored.flow_run().parameters == {"password": "**********"}


def test_what_is_stored_of_a_parameter_can_be_read_without_its_class(face: Face, stored: Stored) -> None:
    class Engine:
        def __repr__(self) -> str:
            return "an engine"

    @face.flow
    def start(engine: Engine, window: Window, when: datetime, where: Path, numbers: list[int]) -> None:
        return None

    when, numbers = datetime(2024, 2, 29, tzinfo=UTC), list(range(20_000))
    face.run(start, Engine(), Window(first=date(2024, 1, 1)), when, Path("out", "a"), numbers)
    assert stored.flow_run().parameters == {
        "engine": "an engine",
        "window": {"first": "2024-01-01", "days": 7},
        "when": "2024-02-29T00:00:00Z",
        "where": "out/a",
        "numbers": "<list of 20000 items>",
    }


def test_a_default_that_a_run_changes_is_new_for_the_next(face: Face) -> None:
    @face.flow
    def collect(untyped=[], typed: list[int] = [], named: dict[str, Any] = {}):  # type: ignore[no-untyped-def] # noqa: B006
        untyped.append(1)
        typed.append(1)
        named["a"] = 1
        return untyped, typed, named

    assert [face.run(collect) for _ in range(2)] == [([1], [1], {"a": 1})] * 2


class LogIn(BaseModel):
    user: str
    password: SecretStr = Field(min_length=8)


def test_a_secret_is_not_stored_where_its_call_is_refused_either(face: Face, stored: Stored) -> None:
    @face.flow
    def log_in(password: SecretStr, login: LogIn, logins: list[LogIn], count: int) -> None:
        return None

    secret = {"user": "ada", "password": "fish"}
    with pytest.raises(ParameterTypeError) as caught:
        face.run(log_in, "swordfish", secret, [secret], "many")
    run = stored.flow_run()
    told = [str(caught.value), str(run.parameters), str(stored.states(run)), *map(str, stored.logs(run))]
    assert not [text for text in told if "fish" in text]
    assert " - login.password: " in told[0]
    assert "'many'" in told[0]
    assert (run.parameters["password"], run.parameters["count"]) == ("**********", "many")


def test_parameters_can_be_validated_without_a_run(stored: Stored) -> None:
    @flow
    def load(window: Window, limit: int = 3, *more: int, **named: date) -> None:
        return None

    window = {"first": "2024-01-01"}
    assert load.validate_parameters({"window": window, "limit": "4"}) == {
        "window": Window(first=date(2024, 1, 1)),
        "limit": 4,
        "more": (),
        "named": {},
    }
    with pytest.raises(SignatureMismatchError, match="windows"):
        load.validate_parameters({"windows": window})
    with pytest.raises(ParameterTypeError, match="- window: Field required"):
        load.validate_parameters({})
    with pytest.raises(ParameterTypeError, match=r"- window.first: Input should be a valid date"):
        load.validate_parameters({"window": {"first": "soon"}})
    assert stored.flow_runs() == []


def test_parameters_can_be_had_as_values_that_json_knows() -> None:
    @flow
    def load(window: Window) -> None:
        """Loads.

        Args:
            window: what to load
        """

    class Engine:
        pass

    values = {"window": Window(first=date(2024, 1, 1)), "on": date(2024, 1, 2), "s": SecretStr("fish"), "e": Engine()}
    assert load.serialize_parameters(values) == {
        "window": {"first": "2024-01-01", "days": 7},
        "on": "2024-01-02",
        "s": "**********",
        "e": "<Engine>",
    }
    assert load.parameters.required == ["window"]
    assert load.parameters.properties["window"]["description"] == "what to load"


def test_a_methods_parameters_are_validated_without_its_receiver() -> None:
    class Loader:
        @flow
        def load(self, limit: int = 3) -> int:
            return limit

    assert Loader().load.validate_parameters({"limit": "4"}) == {"limit": 4}
    assert list(Loader().load.parameters.properties) == ["limit"]
