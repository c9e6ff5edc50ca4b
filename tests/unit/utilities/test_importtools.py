"""Objects, scripts and modules by text."""

import json
import os.path
import sys
from collections import OrderedDict
from pathlib import Path

import pytest

from headrace.exceptions import ScriptError
from headrace.utilities.importtools import (
    from_qualified_name,
    import_object,
    lazy_import,
    load_script_as_module,
    to_qualified_name,
)


@pytest.mark.parametrize(
    ("path", "found"), [("os.path:join", os.path.join), ("os.path.join", os.path.join), ("os.path", os.path)]
)
def test_an_object_is_imported_by_its_path(path: str, found: object) -> None:
    assert import_object(path) is found


@pytest.mark.parametrize(
    ("path", "error"), [("os", ValueError), ("os:nothing", AttributeError), ("no_such_module:x", ModuleNotFoundError)]
)
def test_what_is_not_there_is_told(path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        import_object(path)


def test_names_lead_to_classes_and_back() -> None:
    assert to_qualified_name(OrderedDict) == "collections.OrderedDict"
    assert from_qualified_name("collections.OrderedDict") is OrderedDict
    with pytest.raises(ModuleNotFoundError):
        from_qualified_name("no_such_module")


def test_a_script_is_run_with_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_a_script.py").write_text("value = 1\n")
    script = tmp_path / "a_script.py"
    script.write_text("from beside_a_script import value\nvalue += 1\n")
    before = list(sys.path)
    assert load_script_as_module(str(script)).value == 2
    assert import_object(f"{script}:value") == 2
    assert sys.path == before


def test_a_script_that_fails_says_so_with_its_own_error(tmp_path: Path) -> None:
    script = tmp_path / "bad_script.py"
    script.write_text("raise ValueError('bad')\n")
    with pytest.raises(ScriptError) as caught:
        load_script_as_module(str(script))
    assert repr(caught.value.user_exc) == "ValueError('bad')"
    assert "bad_script" not in sys.modules


def test_a_module_is_loaded_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "loaded_late.py").write_text("import json\njson.loaded_late = True\nvalue = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = lazy_import("loaded_late")
    assert not hasattr(json, "loaded_late")
    assert module.value == 1
    assert vars(json).pop("loaded_late")


def test_a_missing_module_says_what_to_do_when_it_is_needed() -> None:
    missing = lazy_import("no_such_module", help_message="Install it.")
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'no_such_module'.\nInstall it."):
        _ = missing.anything
    with pytest.raises(ModuleNotFoundError):
        lazy_import("no_such_module.inside", error_on_import=True)
