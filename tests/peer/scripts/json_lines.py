"""Lines as JSON, and a logger that somebody listens to."""

import json
import logging
import sys

from prefect.logging import LogEavesdropper
from prefect.logging.formatters import JsonFormatter

TOLD = ("name", "msg", "args", "levelname", "levelno", "pathname", "lineno", "exc_info", "severity", "shift")


def told(formatter, **attributes) -> dict:
    record = logging.LogRecord("a.b", logging.INFO, "/x/y.py", 7, "hello %s", ("you",), None)
    vars(record).update(attributes)
    line = json.loads(formatter.format(record))
    if line["exc_info"]:
        line["exc_info"]["traceback"] = line["exc_info"]["traceback"].splitlines()[-1].strip()
    return {name: line[name] for name in TOLD if name in line}


if __name__ == "__main__":
    print(told(JsonFormatter("default", None, "%")), told(JsonFormatter("pretty", None, "%")))
    try:
        raise ValueError("bad")
    except ValueError:
        print(told(JsonFormatter("default", None, "%"), exc_info=sys.exc_info()))
    try:
        JsonFormatter("nice", None, "%")
    except ValueError as error:
        print(type(error).__name__)
    with LogEavesdropper("their.library", level=logging.INFO) as heard:
        logging.getLogger("their.library").warning("one")
        logging.getLogger("their.library").debug("two")
        print(heard.text())
