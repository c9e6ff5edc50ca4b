"""The schema of parameters, in the peer's shape: each expectation is what the peer answers for the same signature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headrace._engine.parameter_schema import parameter_docstrings, parameter_schema, secret_parameters
from tests.unit.engine import signatures

SCHEMAS: dict[str, Any] = json.loads(Path(__file__).with_name("parameter_schemas.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_has_the_peers_shape(name: str) -> None:
    schema = parameter_schema(getattr(signatures, name)).model_dump()
    assert json.loads(json.dumps(schema)) == SCHEMAS[name]


def test_a_parameter_may_have_a_name_that_no_field_may_have() -> None:
    schema = parameter_schema(signatures.awkward_names)
    assert list(schema.properties) == ["schema", "model_config", "_private", "copy"]
    assert schema.required == ["schema"]


def test_a_schema_for_openapi_says_nothing_of_what_is_required_where_nothing_is() -> None:
    assert "required" not in parameter_schema(signatures.s01).model_dump_for_openapi()
    assert parameter_schema(signatures.s03).model_dump_for_openapi()["required"] == ["x"]


def test_a_docstring_describes_parameters_in_its_section() -> None:
    text = """Load it.

    Parameters:
        *rows (int): those that
            are loaded: all
        where: the place

    Raises:
        ValueError: never
    """
    assert parameter_docstrings(text) == {"rows": "those that\nare loaded: all", "where": "the place"}
    assert parameter_docstrings(None) == {}


def test_a_secret_is_found_wherever_it_lies() -> None:
    assert secret_parameters(signatures.with_secrets) == {"password", "login", "logins"}
