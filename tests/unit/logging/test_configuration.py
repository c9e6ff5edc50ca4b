"""Setting logging up gives the loggers of runs back where a program's own configuration has switched them off."""

import subprocess
import sys

# A process of its own: logging is set up once a process.
PROGRAM = """
import logging, logging.config
from headrace.logging.routes import log_routes
from headrace.settings import get_current_settings

logger = logging.getLogger("headrace.flow_runs")
logging.config.dictConfig({"version": 1})
assert logger.disabled
log_routes(get_current_settings())
assert logger.isEnabledFor(logging.INFO)
"""


def test_loggers_that_a_program_switched_off_by_accident_log_again() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
