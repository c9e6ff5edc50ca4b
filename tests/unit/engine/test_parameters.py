"""Parameters are validated as annotated, without pydantic where nothing needs it, and kept as JSON of bounded size."""

import enum
import json
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from headrace._engine.parameters import ParameterValidator, snapshot
from headrace._kernel.callables import Binder
from headrace.exceptions import ParameterTypeError


class Unit(enum.Enum):
    DAY = "day"
    WEEK = "week"


class Region(BaseModel):
    name: str
    code: int


def validated(fn: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    binder = Binder(fn)
    return ParameterValidator(binder, "load").validate(binder.bind(*args, **kwargs))


def test_values_are_coerced_as_annotated() -> None:
    def load(year: int, day: date, unit: Unit, region: Region, rest: Any, *more: int, **named: float) -> None: ...

    bound = validated(load, "2020", "2020-02-01", "week", {"name": "North", "code": "7"}, "as it is", "1", x="2.5")
    assert bound == {
        "year": 2020,
        "day": date(2020, 2, 1),
        "unit": Unit.WEEK,
        "region": Region(name="North", code=7),
        "rest": "as it is",
        "more": (1,),
        "named": {"x": 2.5},
    }


def test_annotations_may_be_text() -> None:
    def load(year: "int", region: "Region") -> None: ...

    bound = validated(load, "2020", Region(name="North", code=7))
    assert bound["year"] == 2020


def test_an_annotation_that_cannot_be_found_says_nothing() -> None:
    def load(year: "int", frame: "pandas.DataFrame", day: "date") -> None:  # type: ignore[name-defined]  # noqa: F821
        ...

    assert validated(load, "2020", "anything", "2020-02-01") == {
        "year": 2020,
        "frame": "anything",
        "day": date(2020, 2, 1),
    }


def test_a_value_of_any_class_may_be_annotated_with_it() -> None:
    class Connection:
        pass

    def load(connection: Connection, year: int) -> None: ...

    load.__annotations__["connection"] = Connection
    connection = Connection()
    assert validated(load, connection, "1") == {"connection": connection, "year": 1}
    with pytest.raises(ParameterTypeError, match="connection"):
        validated(load, 3, 1)


def test_a_parameter_may_be_named_like_anything() -> None:
    def load(copy: int, model_config: int, json: int) -> None: ...

    assert validated(load, "1", "2", "3") == {"copy": 1, "model_config": 2, "json": 3}


def test_a_refusal_names_each_parameter_and_what_it_got() -> None:
    def load(year: int, region: Region) -> None: ...

    with pytest.raises(ParameterTypeError) as refused:
        validated(load, "soon", {"name": "North"})
    text = str(refused.value)
    assert "'load'" in text
    assert "- year: " in text
    assert "'soon'" in text
    assert "- region.code: " in text


def test_plain_values_of_the_annotated_type_need_no_pydantic() -> None:
    code = """
import sys
from headrace._engine.parameters import ParameterValidator, snapshot
from headrace._kernel.callables import Binder
def load(year: int, name: "str", ratio: float = 0.5, dry: bool = False, anything=None): ...
binder = Binder(load)
parameters = ParameterValidator(binder, "load").validate(binder.bind(2020, "x"))
snapshot(parameters)
assert "pydantic" not in sys.modules
ParameterValidator(binder, "load").validate(binder.bind("2020", "x"))
assert "pydantic" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_snapshot_is_json() -> None:
    kept = json.loads(snapshot({"day": date(2020, 2, 1), "unit": Unit.DAY, "region": Region(name="N", code=1), "n": 1}))
    assert kept == {"day": "2020-02-01", "unit": "day", "region": {"name": "N", "code": 1}, "n": 1}


def test_a_snapshot_hides_secrets() -> None:
    assert b"hunter2" not in snapshot({"password": SecretStr("hunter2"), "nested": [SecretStr("hunter2")]})


def test_a_snapshot_describes_what_json_cannot_say() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("cannot be shown")

    kept = json.loads(snapshot({"broken": Broken(), "n": 1}))
    assert kept["n"] == 1
    assert "Broken" in kept["broken"]


def test_a_snapshot_of_much_is_short() -> None:
    much = list(range(1_000_000))
    kept = snapshot({"much": much, "text": "x" * 5_000_000, "n": 1})
    assert len(kept) < 10_000
    assert json.loads(kept)["n"] == 1
    assert "1000000 items" in json.loads(kept)["much"]


def test_a_snapshot_of_a_value_that_holds_itself_is_short() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert json.loads(snapshot({"loop": loop, "n": 1}))["n"] == 1
