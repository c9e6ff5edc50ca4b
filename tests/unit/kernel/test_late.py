"""What has been imported, and what another thread is only about to import."""

import sys
from types import ModuleType

import pytest

from headrace._engine.conclusions import COMPLETED, conclusion
from headrace._engine.resolving import stand_ins
from headrace._kernel.crashes import is_cancelled
from headrace._kernel.drive import has_running_loop
from headrace._kernel.late import imported
from headrace._kernel.steps import Outcome


class Plain:
    """A value of the user's."""


def test_of_a_module_that_nobody_has_imported_there_is_nothing() -> None:
    assert imported("headrace.no_such_module", "Thing") is None


@pytest.mark.parametrize("module", ["asyncio", "pydantic", "headrace._wire.states"])
def test_a_module_that_another_thread_is_importing_has_made_nothing_yet(
    module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    value, error = Plain(), ValueError("no rows")
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, module, ModuleType(module))  # as the first line of an import leaves it
        assert not has_running_loop()
        assert not is_cancelled(error)
        assert conclusion(Outcome(value), "Flow") == (COMPLETED, Outcome(value))
        assert conclusion(Outcome(None, error), "Flow")[0].type == "FAILED"
        assert stand_ins({"x": [value]}) == []
