"""Upward references: every import string that the kernel lists, and every handler that a route names, is there."""

import importlib

import pytest

from headrace._kernel import late
from headrace._wire.routes import ROUTES
from tests.architecture.source import modules


@pytest.mark.parametrize("name", sorted(late.REFERENCES))
def test_a_late_reference_resolves(name: str) -> None:
    assert callable(late.load(name))


def test_every_late_reference_is_used() -> None:
    text = "\n".join(module.text for module in modules() if module.name != "headrace._kernel.late")
    assert [name for name in late.REFERENCES if f'load("{name}")' not in text] == []


def test_every_route_names_a_handler_that_is_there() -> None:
    missing: list[str] = []
    for route in ROUTES:
        module, _, attribute = route.handler.partition(":")
        if not callable(getattr(importlib.import_module(module), attribute, None)):
            missing.append(f"{route.name}: {route.handler}")
    assert missing == []
