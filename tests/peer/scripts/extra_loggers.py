"""Lines of other libraries' loggers, kept with the run that they are written in."""

import logging
import os

os.environ["PREFECT_LOGGING_EXTRA_LOGGERS"] = "their.library,other"

from prefect import flow, task

their = logging.getLogger("their.library")
their.setLevel(logging.INFO)


@task(name="Work")
def work() -> None:
    their.warning("in a task")
    logging.getLogger("unknown").warning("of no interest")


@flow(name="Pipeline")
def pipeline() -> None:
    their.info("in a flow")
    their.debug("below the level")
    work()
    logging.getLogger("other.part").error("of a part")


if __name__ == "__main__":
    pipeline()
