"""Logging: every line belongs to the run that wrote it, and is kept with it.

    python examples/core/structured_logging.py
    headrace flow-run logs RUN      for the lines of a run, by its name

Four ways to write one: the run's logger, with fields of your own; `print`, where `log_prints` is on; the loggers of
other libraries, once they are listed; and not at all, with `disable_run_logger`. As JSON for another program:

    HEADRACE_LOGGING_HANDLERS_CONSOLE_FORMATTER=json python examples/core/structured_logging.py
"""

import logging
import os

os.environ.setdefault("HEADRACE_LOGGING_EXTRA_LOGGERS", "geodesy")

from headrace import flow, get_run_logger, task
from headrace.logging import LogEavesdropper, disable_run_logger

# A library's logger, which knows nothing of flows and tasks.
library = logging.getLogger("geodesy")
library.setLevel(logging.INFO)


@task
def circumference_km(equator: bool) -> float:
    logger = get_run_logger(survey="WGS 84")
    library.info("the ellipsoid is that of 1984")
    radius = 6378.137 if equator else 6356.752
    # Values as arguments: a line below the level is never put together.
    logger.debug("radius: %s km", radius)
    logger.info("measured along %s", "the equator" if equator else "a meridian", extra={"radius_km": radius})
    return 2 * 3.14159265 * radius


@flow(log_prints=True)
def measure() -> float:
    print("how long is the way around the Earth?")
    around = circumference_km(equator=True)
    if around > 40_000:
        get_run_logger().warning("%.0f km: longer than the metre was meant to make it", around)
    return around


if __name__ == "__main__":
    with LogEavesdropper("geodesy", level=logging.INFO) as heard:
        print(f"{measure():.0f} km")
    print("the library said:", heard.text().strip())
    # Outside of runs there is no run to log for. Tests of the function alone switch its logger off.
    with disable_run_logger():
        print(f"{circumference_km.fn(equator=False):.0f} km along a meridian")
