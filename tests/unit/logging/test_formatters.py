"""Lines as JSON, and what a logger said while somebody listened."""

import json
import logging
import sys

import pytest

from headrace.logging import LogEavesdropper
from headrace.logging.formatters import HeadraceFormatter, JsonFormatter


def record(**attributes: object) -> logging.LogRecord:
    made = logging.LogRecord("a.b", logging.INFO, "/x/y.py", 7, "hello %s", ("you",), None)
    vars(made).update(attributes)
    return made


def test_a_line_is_an_object_with_all_its_attributes() -> None:
    told = json.loads(JsonFormatter().format(record(flow_run_name="a-b", where={1, 2}, what=object)))
    assert told["message"] == "hello you"
    assert (told["name"], told["levelname"], told["severity"], told["lineno"]) == ("a.b", "INFO", "INFO", 7)
    assert told["flow_run_name"] == "a-b"
    assert sorted(told["where"]) == [1, 2]
    assert told["what"] == "<class 'object'>"
    assert "\n" not in JsonFormatter().format(record())
    assert "\n" in JsonFormatter("pretty").format(record())


def test_an_exception_is_told_in_parts() -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        told = json.loads(JsonFormatter().format(record(exc_info=sys.exc_info())))
    assert (told["exc_info"]["type"], told["exc_info"]["message"]) == ("ValueError", "bad")
    assert "test_formatters.py" in told["exc_info"]["traceback"]


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="'default' or 'pretty', not 'nice'"):
        JsonFormatter("nice")


def test_an_eavesdropper_keeps_what_is_said_from_its_level_on() -> None:
    with LogEavesdropper("their.library", level=logging.INFO) as heard:
        logging.getLogger("their.library").info("one")
        logging.getLogger("their.library").debug("two")
    logging.getLogger("their.library").warning("three")
    assert heard.text() == "[INFO]: one"


def test_lines_of_runs_have_formats_of_their_own() -> None:
    formatter = HeadraceFormatter(
        "%(message)s",
        "%H",
        flow_run_fmt="%(asctime)s of %(flow_run_name)s: %(message)s",
        task_run_fmt="task %(task_name)s: %(message)s",
    )
    assert formatter.format(record()) == "hello you"
    assert formatter.format(record(flow_run_name="a-b")).endswith(" of a-b: hello you")
    assert formatter.format(record(flow_run_name="a-b", task_run_name="t-1", task_name="t")) == "task t: hello you"
